using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Guests;

/// <summary>By what a guest left KVM, as a program tells at its end that was started with <c>--stats</c>.</summary>
internal static partial class ExitTable
{
    /// <summary>Exits by type.</summary>
    public static Dictionary<string, int> Of(VmProcess vm) => Of(vm.Errors);

    /// <summary>The same for the lab's table.</summary>
    public static string Tell(VmProcess vm) => Tell(vm.Errors);

    /// <summary>The same of what a program said that was started on a terminal.</summary>
    public static string Tell(string errors) =>
        string.Join(", ", Of(errors).Select(exit => $"{exit.Key["KVM_EXIT_".Length..]} {exit.Value}"));

    private static Dictionary<string, int> Of(string errors) => Row().Matches(errors).ToDictionary(
        match => match.Groups[1].Value,
        match => int.Parse(match.Groups[2].ValueSpan, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));

    // The table of --stats has a row for each.
    [GeneratedRegex("^ *exit +(KVM_EXIT_[A-Z_0-9]+) +([0-9,]+) ", RegexOptions.Multiline)]
    private static partial Regex Row();
}
