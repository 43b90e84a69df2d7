namespace KvmInterop.Tests.Examples.LinuxVm;

/// <summary>16-bit code for <c>--raw 0</c>, or a multiboot image, put together from a few pieces.</summary>
internal static class RawGuest
{
    public const int PowerOffPort = 0x600;
    public const byte PowerOff = 0x34;

    /// <summary>Text to COM1.</summary>
    public static byte[] Print(string text) =>
        [.. text.SelectMany(each => Out(0x3f8, (byte)each))];

    /// <summary>One byte to a port.</summary>
    public static byte[] Out(int port, byte value) =>
        [0xba, (byte)port, (byte)(port >> 8), 0xb0, value, 0xee]; // mov dx, port; mov al, value; out dx, al

    /// <summary>
    /// Waits for characters at COM1 and sends each back, one more; switches off after a <c>q</c>.
    /// </summary>
    public static byte[] Echo() =>
    [
        0xba, 0xfd, 0x03, //       again: mov dx, 0x3fd
        0xec, 0xa8, 0x01, //       wait: in al, dx; test al, 1
        0x74, 0xfb, //             jz wait
        0xba, 0xf8, 0x03, 0xec, // mov dx, 0x3f8; in al, dx
        0x3c, (byte)'q', //        cmp al, 'q'
        0x74, 0x05, //             je end
        0xfe, 0xc0, 0xee, //       inc al; out dx, al
        0xeb, 0xeb, //             jmp again
        .. Out(PowerOffPort, PowerOff), 0xf4, 0xeb, 0xfd,
    ];

    /// <summary>32-bit code behind a multiboot header that has addresses: no ELF file.</summary>
    public static byte[] Multiboot(byte[] code)
    {
        const uint Magic = 0x1badb002;
        const uint HasAddresses = 1 << 16;
        const uint Address = 0x100000;
        uint[] header =
            [Magic, HasAddresses, unchecked((uint)-(int)(Magic + HasAddresses)), Address, Address, 0, 0, Address + 32];
        return [.. header.SelectMany(BitConverter.GetBytes), .. code];
    }

    /// <summary>To itself, for ever.</summary>
    public static byte[] Spin { get; } = [0xeb, 0xfe];
}
