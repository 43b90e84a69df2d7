namespace KvmInterop.Examples.Arm64Hello;

/// <summary>A memory-mapped register of one byte that prints what is written to it.</summary>
internal sealed class CharacterRegister(Stream output, Action endOfLine) : IBusDevice
{
    /// <summary>Where the guest looks for it: any address without memory does.</summary>
    public const ulong Address = 0x996;

    public void Read(ulong offset, Span<byte> data) => data.Clear();

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        output.Write(data);
        output.Flush();
        if (data[0] == (byte)'\n')
        {
            endOfLine();
        }
    }
}
