using System.CommandLine;

namespace KvmInterop.Examples;

/// <summary>Options that take a number in a range.</summary>
public static class NumberOption
{
    /// <summary>Makes one; what is no such number is told in a sentence.</summary>
    public static Option<int> Create(string name, string description, int value, int least, int most)
    {
        Option<int> option = new(name)
        {
            Description = description,
            HelpName = "n",
            DefaultValueFactory = _ => value,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }]
                && !(int.TryParse(text, out int n) && n >= least && n <= most))
            {
                result.AddError($"{name} takes a number from {least} to {most}, not '{text}'.");
            }
        });
        return option;
    }
}
