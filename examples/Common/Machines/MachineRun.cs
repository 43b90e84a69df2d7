using System.CommandLine;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.Machines;

/// <summary>Runs a machine that is made, as the command line says, to its end.</summary>
public static class MachineRun
{
    /// <summary>
    /// Until the guest ends it, or Ctrl-A x on a terminal. What is typed goes to it; it is counted, traced, saved
    /// and debugged where that is asked for.
    /// </summary>
    /// <param name="options">The command line.</param>
    /// <param name="machine">With its devices, and loaded.</param>
    /// <param name="consoles">The host's ends of its consoles.</param>
    /// <param name="serial">Its serial port.</param>
    /// <param name="powerButton">Presses it; null where the machine has none.</param>
    /// <param name="token">Ends the machine.</param>
    /// <returns>The exit code.</returns>
    public static int Run(
        ParseResult options, VirtualMachine machine, Consoles consoles, ISerialPort serial, Action? powerButton,
        CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(consoles);
        using StatisticsView? statistics = StatisticsView.Start(options, machine.Vm, machine.Loops);
        using Tracing? trace = Tracing.Start(options, machine.Loops);
        using Snapshots? snapshots = Snapshots.Start(options, machine);
        MachineOutcome outcome;
        using (GuestRun.Start(options, machine.Vm, machine.Vcpus, Start, token))
        {
            outcome = machine.Wait(CancellationToken.None); // The token ends the machine, which is waited for.
        }

        // The terminal is itself again before anything is said.
        consoles.Dispose();
        return Ending.Tell(outcome);

        // What is typed before a saved machine has its state again would be lost in that.
        void Start(CancellationToken end)
        {
            machine.Start(end);
            consoles.Connect(new MachineCommands(machine, snapshots, serial, powerButton), serial);
        }
    }
}
