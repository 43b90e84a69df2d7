using System.Buffers.Binary;
using KvmInterop.Machine.Boot;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>A bzImage of protocol 2.15 around any code, with fields to spoil.</summary>
internal sealed class TestBzImage
{
    public const int CodeOffset = 5 * 512;

    /// <param name="code">For the 64-bit entry, or for the 32-bit one where that is null.</param>
    /// <param name="code32">For the 32-bit entry; without it and with <paramref name="code"/>, a
    /// halt.</param>
    public TestBzImage(byte[]? code = null, byte[]? code32 = null)
    {
        byte[] protectedMode = new byte[0x1000];
        (code32 ?? [0xf4]).CopyTo(protectedMode, 0);
        (code ?? [0xf4]).CopyTo(protectedMode, 0x200);
        Bytes = new byte[CodeOffset + protectedMode.Length];
        protectedMode.CopyTo(Bytes, CodeOffset);
        Bytes[0x1f1] = 4;
        Put(0x1f4, (uint)protectedMode.Length / 16);
        Put(0x1fe, (ushort)0xaa55);
        Bytes[0x200] = 0xeb;
        Bytes[0x201] = 0x6a; // To 0x26c.
        Put(0x202, 0x53726448u);
        Put(0x206, (ushort)0x20f);
        Bytes[0x211] = 1;
        Put(0x214, 0x100000u);
        Put(0x22c, 0x7fffffffu);
        Put(0x230, 0x200000u);
        Bytes[0x234] = 1;
        Put(0x236, (ushort)(code is null && code32 is not null ? 0 : 0x7f));
        Put(0x238, 0x7ffu);
        Put(0x258, 0x1000000ul);
        Put(0x260, 0x100000u);
    }

    public byte[] Bytes { get; private set; }

    public BootFile File => BootFile.FromBytes("vmlinuz", Bytes);

    public TestBzImage Put(int at, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(at), value);
        return this;
    }

    public TestBzImage Put(int at, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Bytes.AsSpan(at), value);
        return this;
    }

    public TestBzImage Put(int at, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(at), value);
        return this;
    }

    public TestBzImage Put(int at, byte value)
    {
        Bytes[at] = value;
        return this;
    }

    public TestBzImage CutTo(int length)
    {
        Bytes = Bytes[..length];
        return this;
    }
}
