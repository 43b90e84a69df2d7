using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;

namespace KvmInterop.Examples.Machines;

/// <summary>What somebody at a machine's terminal can do to it: Ctrl-A and a key, as QEMU has it.</summary>
/// <param name="machine">The machine.</param>
/// <param name="snapshots">Where it is saved; null for nowhere.</param>
/// <param name="serial">Its serial port.</param>
/// <param name="powerButton">Presses it; null where the machine has none.</param>
public sealed class MachineCommands(
    VirtualMachine machine, Snapshots? snapshots, ISerialPort serial, Action? powerButton)
{
    private string Help => string.Concat(
        "\nCtrl-A x       stop the machine and leave\n",
        powerButton is null ? "" : "Ctrl-A p       press the power button\n",
        "Ctrl-A s       save the machine, where --snapshot says where to\n",
        "Ctrl-A b       send a break (Linux: SysRq)\n",
        "Ctrl-A Ctrl-A  send Ctrl-A\n",
        "Ctrl-A h       this text\n");

    /// <summary>Does what a key stands for; for one that stands for nothing, says what there is.</summary>
    public void Do(char key)
    {
        switch (key)
        {
            case 'x':
                machine.Stop();
                break;
            case 'p' when powerButton is not null:
                powerButton();
                break;
            case 's' when snapshots is not null:
                snapshots.Request();
                break;
            case 'b':
                serial.ReceiveBreak();
                break;
            default:
                Console.Error.Write(Help);
                break;
        }
    }
}
