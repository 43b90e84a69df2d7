using System.CommandLine;

namespace KvmInterop.Examples.MiniMachine;

/// <summary>What of the machine the command line decides.</summary>
internal sealed class MachineOptions
{
    public const string Timer = "timer";
    public const string Keyboard = "keyboard";

    // The guest prints a processor's number as one digit.
    private const int MostCpus = 8;

    /// <summary><c>--cpus N</c>.</summary>
    public Option<int> Cpus { get; } =
        NumberOption.Create("--cpus", "How many processors", 2, 1, MostCpus);

    /// <summary><c>--ticks N</c>.</summary>
    public Option<int> Ticks { get; } = NumberOption.Create(
        "--ticks", "Ticks of the timer after which the guest switches itself off; 0 for never", 10, 0,
        ushort.MaxValue);

    /// <summary><c>--device NAME</c>, any number of times.</summary>
    public Option<string[]> Devices { get; } = MakeDevices();

    private static Option<string[]> MakeDevices()
    {
        Option<string[]> option = new("--device")
        {
            Description = $"A device of the machine, {Timer} or {Keyboard}; both, without this option",
            HelpName = "name",
            DefaultValueFactory = _ => [Timer, Keyboard],
        };
        option.Validators.Add(result =>
        {
            foreach (string unknown in result.Tokens.Select(token => token.Value)
                .Where(name => name is not (Timer or Keyboard)))
            {
                result.AddError($"There is no device '{unknown}'; there are {Timer} and {Keyboard}.");
            }
        });
        return option;
    }
}
