using System.Buffers.Binary;

namespace KvmInterop.Machine.Boot;

/// <summary>
/// The interrupts that a BIOS serves in real mode, for kernels that go back there to ask for memory or ticks, as Xen
/// does: without code behind the vectors they would run through empty memory for ever.
/// </summary>
/// <remarks>
/// There is memory to ask for (INT 12h, and INT 15h with AX E820h, E801h and AH 88h; ACPI specification 6.5, 15.1),
/// equipment (11h), ticks (1Ah), and a keyboard without keys (16h). Other services of 13h, 15h and 1Ah are refused by
/// the carry flag; those of the screen and of lines do nothing. Hardware's interrupts are ended at the PICs, the
/// timer's are counted at 0040:006C and go on to INT 1Ch. INT 18h and 19h reset the machine.
/// </remarks>
internal static class BiosServices
{
    /// <summary>Where the code is, the first byte of segment FF00h.</summary>
    internal const ulong Address = 0xf_f000;

    private const uint Segment = (uint)(Address >> 4);
    private const int Vectors = 256;

    // Beyond the code: KiB from 1 MiB on for AH 88h, the same up to 16 MiB and blocks of 64 KiB from there for E801h,
    // the number of E820h's entries and the entries.
    private const int ExtendedKiB = 0x1f0;
    private const int KiBTo16MiB = 0x1f2;
    private const int BlocksFrom16MiB = 0x1f4;
    private const int EntryCount = 0x1f6;
    private const int Entries = 0x1f8;

    // What AH 88h says at most, as SeaBIOS does: some loaders add a MiB and count in 16 bits.
    private const ulong MostExtendedKiB = 63 << 10;
    private const ulong MiB16 = 16 << 20;

    // Offsets in the code, by vector.
    private const ushort FirstPic = 0x2a;
    private const ushort SecondPic = 0x3f;

    private static readonly (int Vector, ushort Offset)[] Served =
    [
        (0x08, 0x15), (0x09, 0x26), (0x11, 0x48), (0x12, 0x52), (0x13, 0x5c), (0x15, 0x60), (0x16, 0xcf),
        (0x18, 0x10c), (0x19, 0x10c), (0x1a, 0xf5), (0x70, 0x31), (0x74, 0x3b),
    ];

    // 16-bit code. Flags are returned where INT has put them, above the return address.
    private static ReadOnlySpan<byte> Code =>
    [
        // 000: nothing.
        0xcf, // iret

        // 001: unsupported: CF set, AH 0x86.
        0xb4, 0x86, // mov ah, 0x86

        // 003: refused.
        0x55, // push bp
        0x89, 0xe5, // mov bp, sp
        0x80, 0x4e, 0x06, 0x01, // or byte [bp+0x6], 0x1
        0x5d, // pop bp
        0xcf, // iret

        // 00c: done.
        0x55, // push bp
        0x89, 0xe5, // mov bp, sp
        0x80, 0x66, 0x06, 0xfe, // and byte [bp+0x6], 0xfe
        0x5d, // pop bp
        0xcf, // iret

        // 015: timer: a tick more.
        0x1e, // push ds
        0x50, // push ax
        0x31, 0xc0, // xor ax, ax
        0x8e, 0xd8, // mov ds, ax
        0x66, 0xff, 0x06, 0x6c, 0x04, // inc dword [0x46c]
        0x58, // pop ax
        0x1f, // pop ds
        0xcd, 0x1c, // int 0x1c
        0xeb, 0x04, // jmp 0x2a

        // 026: keyboard.
        0x50, // push ax
        0xe4, 0x60, // in al, 0x60
        0x58, // pop ax

        // 02a: other interrupts of the first PIC.
        0x50, // push ax
        0xb0, 0x20, // mov al, 0x20
        0xe6, 0x20, // out 0x20, al
        0x58, // pop ax
        0xcf, // iret

        // 031: clock.
        0x50, // push ax
        0xb0, 0x0c, // mov al, 0xc
        0xe6, 0x70, // out 0x70, al
        0xe4, 0x71, // in al, 0x71
        0x58, // pop ax
        0xeb, 0x04, // jmp 0x3f

        // 03b: mouse.
        0x50, // push ax
        0xe4, 0x60, // in al, 0x60
        0x58, // pop ax

        // 03f: other interrupts of the second PIC.
        0x50, // push ax
        0xb0, 0x20, // mov al, 0x20
        0xe6, 0xa0, // out 0xa0, al
        0xe6, 0x20, // out 0x20, al
        0x58, // pop ax
        0xcf, // iret

        // 048: equipment.
        0x1e, // push ds
        0x31, 0xc0, // xor ax, ax
        0x8e, 0xd8, // mov ds, ax
        0xa1, 0x10, 0x04, // mov ax, [0x410]
        0x1f, // pop ds
        0xcf, // iret

        // 052: KiB of low memory.
        0x1e, // push ds
        0x31, 0xc0, // xor ax, ax
        0x8e, 0xd8, // mov ds, ax
        0xa1, 0x13, 0x04, // mov ax, [0x413]
        0x1f, // pop ds
        0xcf, // iret

        // 05c: disks: no such drive.
        0xb4, 0x01, // mov ah, 0x1
        0xeb, 0xa3, // jmp 0x3

        // 060: system.
        0x3d, 0x20, 0xe8, // cmp ax, 0xe820
        0x74, 0x1f, // je 0x84
        0x3d, 0x01, 0xe8, // cmp ax, 0xe801
        0x74, 0x0b, // je 0x75
        0x80, 0xfc, 0x88, // cmp ah, 0x88
        0x75, 0x92, // jne 0x1
        0x2e, 0xa1, 0xf0, 0x01, // mov ax, cs:[0x1f0]
        0xeb, 0x97, // jmp 0xc

        // 075: E801.
        0x2e, 0xa1, 0xf2, 0x01, // mov ax, cs:[0x1f2]
        0x89, 0xc1, // mov cx, ax
        0x2e, 0x8b, 0x1e, 0xf4, 0x01, // mov bx, cs:[0x1f4]
        0x89, 0xda, // mov dx, bx
        0xeb, 0x88, // jmp 0xc

        // 084: E820.
        0x66, 0x81, 0xfa, 0x50, 0x41, 0x4d, 0x53, // cmp edx, 0x534d4150
        0x0f, 0x85, 0x72, 0xff, // jne 0x1
        0x66, 0x83, 0xf9, 0x14, // cmp ecx, 0x14
        0x0f, 0x82, 0x6a, 0xff, // jb 0x1
        0x2e, 0x3b, 0x1e, 0xf6, 0x01, // cmp bx, cs:[0x1f6]
        0x0f, 0x83, 0x61, 0xff, // jae 0x1
        0x1e, // push ds
        0x56, // push si
        0x57, // push di
        0x0e, // push cs
        0x1f, // pop ds
        0x6b, 0xf3, 0x14, // imul si, bx, 0x14
        0x81, 0xc6, 0xf8, 0x01, // add si, 0x1f8
        0xb9, 0x0a, 0x00, // mov cx, 0xa
        0xfc, // cld
        0xf3, 0xa5, // rep movs es:[di], ds:[si]
        0x5f, // pop di
        0x5e, // pop si
        0x1f, // pop ds
        0x43, // inc bx
        0x2e, 0x3b, 0x1e, 0xf6, 0x01, // cmp bx, cs:[0x1f6]
        0x72, 0x02, // jb 0xbf
        0x31, 0xdb, // xor bx, bx
        0x66, 0x0f, 0xb7, 0xdb, // movzx ebx, bx
        0x66, 0xb9, 0x14, 0x00, 0x00, 0x00, // mov ecx, 0x14
        0x66, 0x89, 0xd0, // mov eax, edx
        0xe9, 0x3d, 0xff, // jmp 0xc

        // 0cf: keyboard services.
        0x50, // push ax
        0x80, 0xe4, 0xef, // and ah, 0xef
        0x80, 0xfc, 0x01, // cmp ah, 0x1
        0x74, 0x0b, // je 0xe3
        0x80, 0xfc, 0x02, // cmp ah, 0x2
        0x74, 0x10, // je 0xed
        0x84, 0xe4, // test ah, ah
        0x58, // pop ax
        0x74, 0x0f, // je 0xf1
        0xcf, // iret

        // 0e3: no key waits.
        0x58, // pop ax
        0x55, // push bp
        0x89, 0xe5, // mov bp, sp
        0x80, 0x4e, 0x06, 0x40, // or byte [bp+0x6], 0x40
        0x5d, // pop bp
        0xcf, // iret

        // 0ed: no shift key is held.
        0x58, // pop ax
        0xb0, 0x00, // mov al, 0x0
        0xcf, // iret

        // 0f1: a key is waited for, and none comes.
        0xfb, // sti
        0xf4, // hlt
        0xeb, 0xfc, // jmp 0xf1

        // 0f5: time: ticks.
        0x84, 0xe4, // test ah, ah
        0x0f, 0x85, 0x06, 0xff, // jne 0x1
        0x1e, // push ds
        0x31, 0xc0, // xor ax, ax
        0x8e, 0xd8, // mov ds, ax
        0x8b, 0x16, 0x6c, 0x04, // mov dx, [0x46c]
        0x8b, 0x0e, 0x6e, 0x04, // mov cx, [0x46e]
        0x1f, // pop ds
        0xe9, 0x00, 0xff, // jmp 0xc

        // 10c: no boot, or again: reset.
        0xea, 0xf0, 0xff, 0x00, 0xf0, // jmp 0xf000:0xfff0
    ];

    /// <summary>Writes vectors, code and what it answers.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="layout">Where its memory is.</param>
    internal static void Write(GuestMemory memory, PcMemoryLayout layout)
    {
        byte[] bytes = new byte[Entries + (E820Entry.EncodedSize * layout.E820.Length)];
        Code.CopyTo(bytes);
        ulong extended = layout.LowSize - PcMemoryLayout.HighMemoryStart;
        ulong below = Math.Min(extended, MiB16 - PcMemoryLayout.HighMemoryStart);
        Put(bytes, ExtendedKiB, Math.Min(extended >> 10, MostExtendedKiB));
        Put(bytes, KiBTo16MiB, below >> 10);
        Put(bytes, BlocksFrom16MiB, (extended - below) >> 16);
        Put(bytes, EntryCount, (ulong)layout.E820.Length);
        for (int i = 0; i < layout.E820.Length; i++)
        {
            layout.E820[i].Write(bytes.AsSpan(Entries + (E820Entry.EncodedSize * i)));
        }

        memory.Write(Address, bytes);
        WriteVectors(memory);
    }

    private static void WriteVectors(GuestMemory memory)
    {
        // Where nothing else is said: the first instruction, which returns.
        Span<ushort> offsets = stackalloc ushort[Vectors];
        offsets.Clear();
        offsets[0x08..0x10].Fill(FirstPic);
        offsets[0x70..0x78].Fill(SecondPic);
        foreach ((int vector, ushort offset) in Served)
        {
            offsets[vector] = offset;
        }

        for (int vector = 0; vector < Vectors; vector++)
        {
            memory.Write((ulong)vector * sizeof(uint), (Segment << 16) | offsets[vector]);
        }
    }

    private static void Put(byte[] bytes, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), (ushort)value);
}
