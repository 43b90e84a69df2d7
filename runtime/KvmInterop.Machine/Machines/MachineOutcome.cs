namespace KvmInterop.Machine.Machines;

/// <summary>Why a machine ended: a value to switch over.</summary>
/// <remarks><see cref="ToString"/> gives one sentence for people.</remarks>
public abstract record MachineOutcome
{
    private MachineOutcome()
    {
    }

    /// <summary>One sentence.</summary>
    public sealed override string ToString() => Describe();

    private protected abstract string Describe();

    /// <summary>The guest switched the machine off.</summary>
    /// <param name="Device">By which device.</param>
    public sealed record PowerOff(string Device) : MachineOutcome
    {
        private protected override string Describe() => $"the guest switched the machine off ({Device})";
    }

    /// <summary>The guest reset the machine.</summary>
    /// <param name="Device">By which device.</param>
    public sealed record Reset(string Device) : MachineOutcome
    {
        private protected override string Describe() => $"the guest reset the machine ({Device})";
    }

    /// <summary>A triple fault (KVM_EXIT_SHUTDOWN): by accident, or to reset.</summary>
    /// <param name="Cpu">The vCPU's number.</param>
    /// <param name="Report">Registers and instructions, in lines.</param>
    public sealed record TripleFault(uint Cpu, string Report) : MachineOutcome
    {
        private protected override string Describe() =>
            $"vCPU {Cpu} had a triple fault: the guest crashed, or reset the machine that way";
    }

    /// <summary>The guest's kernel said that it cannot go on.</summary>
    /// <param name="Reason">What it said.</param>
    public sealed record Panic(string Reason) : MachineOutcome
    {
        private protected override string Describe() => $"the guest's kernel panicked: {Reason}";
    }

    /// <summary>A test's guest ended the machine with a result.</summary>
    /// <param name="Device">By which device.</param>
    /// <param name="Status">What a program that runs it exits with, of which a shell sees the low 8 bits.
    /// </param>
    public sealed record GuestExit(string Device, int Status) : MachineOutcome
    {
        private protected override string Describe() =>
            $"the guest ended the machine with status {Status} ({Device})";
    }

    /// <summary>A vCPU halted for good: there is no interrupt controller that could wake it.</summary>
    public sealed record Halted : MachineOutcome
    {
        private protected override string Describe() => "the guest halted";
    }

    /// <summary>The program, or its user, stopped the machine.</summary>
    public sealed record Stopped : MachineOutcome
    {
        private protected override string Describe() => "the machine was stopped";
    }

    /// <summary>A vCPU came to an exit with which the machine cannot go on.</summary>
    /// <param name="Cpu">The vCPU's number.</param>
    /// <param name="Stop">Which exit.</param>
    /// <param name="Report">Registers and instructions, in lines.</param>
    public sealed record Unhandled(uint Cpu, VcpuStop Stop, string Report) : MachineOutcome
    {
        private protected override string Describe() => $"vCPU {Cpu} cannot go on: {Stop}";
    }
}
