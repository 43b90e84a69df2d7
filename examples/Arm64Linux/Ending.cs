using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.Arm64Linux;

/// <summary>What is said of a machine's end, and the exit code for it.</summary>
internal static class Ending
{
    private const int Reset = 3;
    private const int Panic = 4;

    public static int Tell(MachineOutcome outcome)
    {
        if (outcome is MachineOutcome.Unhandled { Report: var report })
        {
            Console.Error.Write(report);
        }

        return Example.Complain($"{outcome}", outcome switch
        {
            MachineOutcome.PowerOff or MachineOutcome.Stopped => 0,
            MachineOutcome.Reset => Reset,
            MachineOutcome.Panic => Panic,
            _ => Example.Failed,
        });
    }
}
