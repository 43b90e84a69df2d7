using KvmInterop.Machine.Boot;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Machine.Cpu;

/// <summary>How the first vCPU of a machine begins, as boot protocols prescribe it.</summary>
/// <remarks>Registers that are not named are 0, and interrupts are off.</remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed record X64StartState
{
    private const ulong FlagsAlwaysSet = 1 << 1; // RFLAGS bit 1: Intel SDM volume 1, 3.4.3.

    private X64StartState(X64StartMode mode, ulong rip)
    {
        Mode = mode;
        Rip = rip;
    }

    /// <summary>
    /// As after power-on: real mode at 0xfffffff0, 16 bytes below 4 GiB (Intel SDM volume 3, 10.1.4).
    /// </summary>
    public static X64StartState Reset { get; } = new(X64StartMode.Reset, 0);

    /// <summary>The mode.</summary>
    public X64StartMode Mode { get; }

    /// <summary>The first instruction, in its code segment.</summary>
    public ulong Rip { get; }

    /// <summary>In real mode, the selector of all segments.</summary>
    public ushort Segment { get; private init; }

    /// <summary>In flat 32-bit mode, the code's selector; the data's is the next one.</summary>
    public ushort CodeSelector { get; init; } = FlatSegments.CodeSelector;

    /// <summary>In long mode, where the page tables are.</summary>
    public ulong PageTables { get; private init; }

    /// <summary>RAX.</summary>
    public ulong Rax { get; init; }

    /// <summary>RBX.</summary>
    public ulong Rbx { get; init; }

    /// <summary>RSI.</summary>
    public ulong Rsi { get; init; }

    /// <summary>RDX.</summary>
    public ulong Rdx { get; init; }

    /// <summary>RSP.</summary>
    public ulong Rsp { get; init; }

    /// <summary>16-bit real mode, with all segments at one place.</summary>
    public static X64StartState RealMode(ushort segment, ushort offset) =>
        new(X64StartMode.RealMode, offset) { Segment = segment };

    /// <summary>
    /// 32-bit protected mode, no paging, all segments from 0 to 4 GiB. The descriptor table is to lie at
    /// <see cref="BootAddresses.DescriptorTable"/>.
    /// </summary>
    public static X64StartState Flat32(uint address) => new(X64StartMode.Flat32, address);

    /// <summary>
    /// 64-bit long mode; descriptor table as for <see cref="Flat32"/>, page tables where they are said to be.
    /// </summary>
    public static X64StartState LongMode(ulong address, ulong pageTables) =>
        new(X64StartMode.LongMode, address) { PageTables = pageTables };

    /// <summary>Sets a vCPU's registers (KVM_SET_SREGS, KVM_SET_REGS).</summary>
    /// <param name="vcpu">That has not run yet.</param>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public void Apply(Vcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        if (Mode == X64StartMode.Reset)
        {
            return; // What KVM_CREATE_VCPU made is that.
        }

        kvm_sregs special = vcpu.GetSpecialRegisters();
        switch (Mode)
        {
            case X64StartMode.RealMode:
                X64Modes.SetRealMode(ref special, Segment);
                break;
            case X64StartMode.Flat32:
                X64Modes.SetFlat32(ref special, BootAddresses.DescriptorTable, CodeSelector);
                break;
            default:
                X64Modes.SetLongMode(ref special, BootAddresses.DescriptorTable, PageTables);
                break;
        }

        vcpu.SetSpecialRegisters(in special);
        vcpu.SetRegisters(new kvm_regs
        {
            rip = Rip,
            rax = Rax,
            rbx = Rbx,
            rdx = Rdx,
            rsi = Rsi,
            rsp = Rsp,
            rbp = Mode == X64StartMode.LongMode ? Rsp : 0,
            rflags = FlagsAlwaysSet,
        });
    }
}

/// <summary>The modes in which a machine's first vCPU begins.</summary>
public enum X64StartMode
{
    /// <summary>As after power-on.</summary>
    Reset,

    /// <summary>16 bits, segments.</summary>
    RealMode,

    /// <summary>32 bits, no paging.</summary>
    Flat32,

    /// <summary>64 bits, paging.</summary>
    LongMode,
}
