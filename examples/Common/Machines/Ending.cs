using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.Machines;

/// <summary>What is said of a machine's end, and the exit code for it.</summary>
public static class Ending
{
    /// <summary>Exit code: the guest reset the machine.</summary>
    public const int Reset = 3;

    /// <summary>Exit code: its kernel panicked.</summary>
    public const int Panic = 4;

    /// <summary>Exit code: it had a triple fault.</summary>
    public const int TripleFault = 5;

    /// <summary>Says it.</summary>
    /// <returns>The exit code.</returns>
    public static int Tell(MachineOutcome outcome)
    {
        switch (outcome)
        {
            case MachineOutcome.GuestExit { Status: var status }:
                return status; // The guest's own word, as QEMU's isa-debug-exit hands it on.
            case MachineOutcome.TripleFault { Report: var report }:
                Console.Error.Write(report);
                break;
            case MachineOutcome.Unhandled { Report: var report }:
                Console.Error.Write(report);
                break;
            default:
                break;
        }

        return Example.Complain($"{outcome}", outcome switch
        {
            MachineOutcome.PowerOff or MachineOutcome.Stopped or MachineOutcome.Halted => 0,
            MachineOutcome.Reset => Reset,
            MachineOutcome.Panic => Panic,
            MachineOutcome.TripleFault => TripleFault,
            _ => Example.Failed,
        });
    }
}
