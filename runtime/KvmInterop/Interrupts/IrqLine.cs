using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A line of an interrupt controller in the kernel, set by KVM_IRQ_LINE.</summary>
/// <remarks>
/// Remembers its level and calls the kernel for changes only. So one line has one of these, which devices
/// that share it do not (their levels must be put together before). Any thread may call it.
/// </remarks>
[KvmArchitectures(
    KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64 | KvmArchitecture.LoongArch64)]
public sealed class IrqLine : IInterruptLine
{
    // None at first: a VM that was restored may have the line high.
    private const int Unknown = -1;

    private readonly Vm vm;
    private readonly Lock gate = new();
    private int known = Unknown;

    internal IrqLine(Vm vm, uint irq)
    {
        this.vm = vm;
        Irq = irq;
    }

    /// <summary>The number that KVM_IRQ_LINE takes: a GSI, on arm64 the line's type and number.</summary>
    public uint Irq { get; }

    /// <summary>Makes the line high or low, if it is not so already.</summary>
    /// <inheritdoc cref="Vm.SetIrqLine"/>
    public void SetLevel(bool level)
    {
        int wanted = level ? 1 : 0;
        if (Volatile.Read(ref known) == wanted)
        {
            return;
        }

        // Two that change it at a time: the kernel must be told in the order in which it is remembered.
        lock (gate)
        {
            vm.SetIrqLine(Irq, level);
            Volatile.Write(ref known, wanted);
        }
    }
}
