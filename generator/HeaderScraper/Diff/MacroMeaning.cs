using System.Text.RegularExpressions;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>What a macro's name stands for.</summary>
/// <param name="Subject">A constant, an ioctl, a function or, for one without a value, a macro.</param>
/// <param name="Value">What it is worth, in words.</param>
/// <param name="Ioctl">The request, if it is one.</param>
/// <param name="Reason">Why it has no value, if it has none.</param>
internal sealed record MacroMeaning(
    string Name, Subject Subject, string Value, string Type, ApiIoctl? Ioctl = null, string Reason = "")
{
    private IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Every macro that a program of the model's architecture can use.</summary>
    public static IReadOnlyList<MacroMeaning> Of(ApiDocument document) =>
    [
        .. document.Constants.Select(
            one => new MacroMeaning(one.Name, Subject.Constant, one.Value, one.Type)),
        .. document.Ioctls.Select(one => new MacroMeaning(
            one.Name, Subject.Ioctl, $"0x{one.Value:x8}",
            one.Argument is { } argument ? TypeText.Format(argument) : "no argument", one)),
        .. document.Functions.Select(one => new MacroMeaning(
            one.Name, Subject.Function, FunctionText.Value(one), FunctionText.Declaration(one))
        {
            Parameters = [.. one.Parameters.Select(parameter => parameter.Name)],
        }),
        .. document.Skipped.Where(one => !SkippedMacro.IsForeign(one)).Select(one => new MacroMeaning(
            one.Name, SkippedMacro.IsFunction(one) ? Subject.Function : Subject.Macro, "", "",
            Reason: one.Reason)),
    ];

    /// <summary>Whether both are worth the same: the names of a function's parameters do not
    /// matter.</summary>
    public bool HasValueOf(MacroMeaning other) => Plain(Value) == other.Plain(other.Value);

    public bool HasTypeOf(MacroMeaning other) => Plain(Type) == other.Plain(other.Type);

    /// <summary>What an added or a removed one was worth.</summary>
    public string Describe() => Subject switch
    {
        Subject.Ioctl => $"{Value} = {Ioctl!.C}",
        Subject.Macro => Reason,
        Subject.Function => Type,
        _ => Value,
    };

    // A parameter by its place: no identifier of C's begins with a digit or has a colon.
    private string Plain(string text)
    {
        for (int i = 0; i < Parameters.Count; i++)
        {
            text = Regex.Replace(text, $@"\b{Regex.Escape(Parameters[i])}\b", $":{i}");
        }

        return text;
    }

    /// <summary>For one that became something else.</summary>
    public string DescribeKind() => Subject switch
    {
        Subject.Macro => $"a macro without a value ({Reason})",
        Subject.Function => "a function-like macro",
        Subject.Ioctl => $"the ioctl {Value}",
        _ => $"the constant {Value}",
    };
}
