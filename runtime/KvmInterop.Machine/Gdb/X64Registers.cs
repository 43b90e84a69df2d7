using System.Collections.Immutable;
using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Machine;

/// <summary>
/// x86-64: general registers, segments, x87 and SSE as GDB numbers them (its features/i386/64bit-*.xml), and
/// the control registers after them.
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal sealed class X64Registers : VcpuRegisters
{
    private const string Core = "org.gnu.gdb.i386.core";
    private const string Sse = "org.gnu.gdb.i386.sse";
    private const string Segments = "org.gnu.gdb.i386.segments";
    private const string SystemFeature = "kvminterop.x86.system";
    private const int Xmm = 16;
    private const int St = 8;
    private const int StBytes = 10;
    private const int VectorBytes = 16;

    private static readonly string[] General =
    [
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
        "r15",
    ];

    private static readonly GdbRegisterFile Layout = new("i386:x86-64", List(), General.Length);

    internal override GdbRegisterFile File => Layout;

    internal override void Read(Vcpu vcpu, Span<byte> values)
    {
        kvm_regs general = vcpu.GetRegisters();
        kvm_sregs special = vcpu.GetSpecialRegisters();
        kvm_fpu fpu = GetFpu(vcpu);
        RegisterWriter to = new(values);
        to.Add64(
            general.rax, general.rbx, general.rcx, general.rdx, general.rsi, general.rdi, general.rbp,
            general.rsp, general.r8, general.r9, general.r10, general.r11, general.r12, general.r13,
            general.r14, general.r15, general.rip);
        to.Add32(
            (uint)general.rflags, special.cs.selector, special.ss.selector, special.ds.selector,
            special.es.selector, special.fs.selector, special.gs.selector);
        Span<byte> stack = MemoryMarshal.AsBytes(new Span<kvm_fpu>(ref fpu))[..(St * VectorBytes)];
        for (int i = 0; i < St; i++)
        {
            to.AddBytes(stack.Slice(i * VectorBytes, StBytes));
        }

        to.Add32(
            fpu.fcw, fpu.fsw, FullTags(fpu.ftwx), 0, (uint)fpu.last_ip, 0, (uint)fpu.last_dp,
            fpu.last_opcode);
        to.AddBytes(MemoryMarshal.AsBytes(new Span<kvm_fpu.xmm_array>(ref fpu.xmm)));
        to.Add32(fpu.mxcsr);
        to.Add64(
            special.fs.@base, special.gs.@base, special.cr0, special.cr2, special.cr3, special.cr4,
            special.cr8, special.efer, special.apic_base, special.gdt.@base, special.idt.@base,
            special.tr.@base);
    }

    internal override void Write(Vcpu vcpu, ReadOnlySpan<byte> values)
    {
        kvm_fpu fpu = GetFpu(vcpu);
        RegisterReader from = new(values);
        kvm_regs general = new()
        {
            rax = from.Next64(), rbx = from.Next64(), rcx = from.Next64(), rdx = from.Next64(),
            rsi = from.Next64(), rdi = from.Next64(), rbp = from.Next64(), rsp = from.Next64(),
            r8 = from.Next64(), r9 = from.Next64(), r10 = from.Next64(), r11 = from.Next64(),
            r12 = from.Next64(), r13 = from.Next64(), r14 = from.Next64(), r15 = from.Next64(),
            rip = from.Next64(), rflags = from.Next32(),
        };

        // Selectors stay: without their descriptors they would make a segment that no processor loads.
        from.Skip(6 * sizeof(uint));
        Span<byte> stack = MemoryMarshal.AsBytes(new Span<kvm_fpu>(ref fpu))[..(St * VectorBytes)];
        for (int i = 0; i < St; i++)
        {
            from.Next(StBytes).CopyTo(stack.Slice(i * VectorBytes, StBytes));
        }

        fpu.fcw = (ushort)from.Next32();
        fpu.fsw = (ushort)from.Next32();
        fpu.ftwx = ShortTags(from.Next32());
        from.Skip(sizeof(uint));
        fpu.last_ip = from.Next32();
        from.Skip(sizeof(uint));
        fpu.last_dp = from.Next32();
        fpu.last_opcode = (ushort)from.Next32();
        from.Next(Xmm * VectorBytes).CopyTo(MemoryMarshal.AsBytes(new Span<kvm_fpu.xmm_array>(ref fpu.xmm)));
        fpu.mxcsr = from.Next32();
        kvm_sregs before = vcpu.GetSpecialRegisters();
        kvm_sregs special = before;
        special.fs.@base = from.Next64();
        special.gs.@base = from.Next64();
        special.cr0 = from.Next64();
        special.cr2 = from.Next64();
        special.cr3 = from.Next64();
        special.cr4 = from.Next64();
        special.cr8 = from.Next64();
        special.efer = from.Next64();
        vcpu.SetRegisters(in general);
        KvmException.ThrowIfError(vcpu.Fd.SetFpu(in fpu), "KVM_SET_FPU", KvmFdKind.Vcpu);
        ReadOnlySpan<byte> old = MemoryMarshal.AsBytes(new ReadOnlySpan<kvm_sregs>(in before));
        if (!old.SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<kvm_sregs>(in special))))
        {
            vcpu.SetSpecialRegisters(in special);
        }
    }

    private static kvm_fpu GetFpu(Vcpu vcpu)
    {
        KvmException.ThrowIfError(vcpu.Fd.GetFpu(out kvm_fpu fpu), "KVM_GET_FPU", KvmFdKind.Vcpu);
        return fpu;
    }

    // FXSAVE has a bit for each register that is in use, the processor's tag word two bits, 3 for empty
    // (Intel SDM volume 1, 10.5.1.1).
    private static uint FullTags(byte used)
    {
        uint tags = 0;
        for (int i = 0; i < St; i++)
        {
            tags |= (used & (1 << i)) == 0 ? 0b11u << (i * 2) : 0;
        }

        return tags;
    }

    private static byte ShortTags(uint tags)
    {
        int used = 0;
        for (int i = 0; i < St; i++)
        {
            used |= ((tags >> (i * 2)) & 0b11) != 0b11 ? 1 << i : 0;
        }

        return (byte)used;
    }

    private static ImmutableArray<GdbRegister> List() =>
    [
        .. General.Select(name =>
            new GdbRegister(Core, name, 64, name is "rbp" or "rsp" ? "data_ptr" : null)),
        new(Core, "rip", 64, "code_ptr"),
        new(Core, "eflags", 32, "i386_eflags"),
        .. Names(Core, 32, "cs", "ss", "ds", "es", "fs", "gs"),
        .. Enumerable.Range(0, St).Select(i => new GdbRegister(Core, $"st{i}", 80, "i387_ext")),
        .. Names(Core, 32, "fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"),
        .. Enumerable.Range(0, Xmm).Select(i => new GdbRegister(Sse, $"xmm{i}", 128, "vec128")),
        new(Sse, "mxcsr", 32),
        .. Names(Segments, 64, "fs_base", "gs_base"),
        .. Names(
            SystemFeature, 64, "cr0", "cr2", "cr3", "cr4", "cr8", "efer", "apic_base", "gdt_base", "idt_base",
            "tr_base"),
    ];

    private static IEnumerable<GdbRegister> Names(string feature, int bits, params string[] names) =>
        names.Select(name => new GdbRegister(feature, name, bits));
}
