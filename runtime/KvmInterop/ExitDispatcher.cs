using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Takes an exit to its handler or its bus. Knows no vCPU, so that tests can feed it any exit.
/// </summary>
internal sealed class ExitDispatcher(PioBus pio, MmioBus mmio)
{
    // Above the reasons that a kernel may have in times to come; a table, so that the look-up costs one
    // index.
    private const int MostReasons = 256;

    private ExitHandler?[] handlers = [];

    internal PioBus Pio { get; } = pio;

    internal MmioBus Mmio { get; } = mmio;

    /// <summary>What empties the VM's dirty rings; false where they stay full.</summary>
    internal Func<bool>? CollectDirtyRings { get; init; }

    internal void On(KvmExitReason reason, ExitHandler? handler)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)reason, (uint)MostReasons);
        ExitHandler?[] changed = new ExitHandler?[Math.Max(handlers.Length, (int)reason + 1)];
        handlers.CopyTo(changed, 0);
        changed[(int)reason] = handler;
        handlers = changed;
    }

    /// <returns>Default for an exit that only the caller can judge.</returns>
    internal ExitAction Handle(scoped in VcpuExit exit)
    {
        ExitHandler?[] table = handlers;
        uint reason = (uint)exit.Reason;
        if (reason < (uint)table.Length && table[reason] is ExitHandler handler)
        {
            ExitAction action = handler(in exit);
            if (action != ExitAction.Default)
            {
                return action;
            }
        }

        switch (exit.Reason)
        {
            case KvmExitReason.KVM_EXIT_IO:
                HandleIo(in exit);
                return ExitAction.Continue;
            case KvmExitReason.KVM_EXIT_MMIO:
                HandleMmio(in exit);
                return ExitAction.Continue;
            case KvmExitReason.KVM_EXIT_INTR:
                return ExitAction.Continue;
            case KvmExitReason.KVM_EXIT_DIRTY_RING_FULL when CollectDirtyRings is not null:
                return CollectDirtyRings() ? ExitAction.Continue : ExitAction.Default;
            default:
                return ExitAction.Default;
        }
    }

    private void HandleIo(scoped in VcpuExit exit)
    {
        ref readonly kvm_run_io io = ref exit.Io;
        Span<byte> data = exit.IoData;
        if (io.direction == KvmApi.KVM_EXIT_IO_OUT)
        {
            Pio.WriteString(io.port, io.size, data);
        }
        else
        {
            Pio.ReadString(io.port, io.size, data);
        }
    }

    private void HandleMmio(scoped in VcpuExit exit)
    {
        ref readonly kvm_run_mmio access = ref exit.Mmio;
        if (access.is_write != 0)
        {
            Mmio.Write(access.phys_addr, exit.MmioData);
        }
        else
        {
            Mmio.Read(access.phys_addr, exit.MmioData);
        }
    }
}
