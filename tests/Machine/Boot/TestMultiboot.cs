using System.Buffers.Binary;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>Multiboot headers, with or without addresses.</summary>
internal static class TestMultiboot
{
    private const uint Magic = 0x1badb002;

    public static byte[] Header(uint flags, params uint[] addresses)
    {
        byte[] bytes = new byte[12 + (4 * addresses.Length)];
        uint[] words = [Magic, flags, (uint)-(int)(Magic + flags), .. addresses];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), words[i]);
        }

        return bytes;
    }
}
