using System.Text;

namespace KvmInterop.HeaderScraper.Macros;

/// <summary>A macro that <c>_IO</c>, <c>_IOR</c>, <c>_IOW</c> or <c>_IOWR</c> makes
/// (asm-generic/ioctl.h).</summary>
/// <param name="ArgumentType">C text of the type, null for <c>_IO</c>.</param>
/// <param name="Tag"><c>struct kvm_regs</c> when the type is named by its tag.</param>
/// <param name="C">The call in our normal form.</param>
internal sealed record IoctlMacro(string Direction, string? ArgumentType, string? Tag, string C)
{
    /// <summary>Follows a macro through its aliases; null when what it ends in is no request.</summary>
    public static IoctlMacro? Find(MacroTable macros, Macro macro)
    {
        // The bound stops macros that name each other in a circle.
        for (int hops = 0; hops < 16; hops++)
        {
            ReadOnlySpan<string> tokens = macro.Bare();
            if (tokens.Length == 1 && macros.Find(tokens[0]) is { Parameters: null } target)
            {
                macro = target;
                continue;
            }

            return Parse(tokens);
        }

        return null;
    }

    private static IoctlMacro? Parse(ReadOnlySpan<string> tokens)
    {
        string? direction = tokens.Length == 0 ? null : tokens[0] switch
        {
            "_IO" => "none",
            "_IOR" => "read",
            "_IOW" => "write",
            "_IOWR" => "readwrite",
            _ => null,
        };
        if (direction is null || tokens.Length < 2 || tokens[1] != "("
            || Macro.ClosingOf(tokens, 1) != tokens.Length - 1)
        {
            return null;
        }

        List<string[]> arguments = Split(tokens[2..^1]);
        if (arguments.Count != (direction == "none" ? 2 : 3))
        {
            return null;
        }

        string[] type = direction == "none" ? [] : arguments[2];
        bool tagged = type.Length >= 2 && type[0] is "struct" or "union";
        return new IoctlMacro(
            direction,
            type.Length == 0 ? null : Join(type),
            tagged ? $"{type[0]} {type[1]}" : null,
            $"{tokens[0]}({string.Join(", ", arguments.ConvertAll(Join))})");
    }

    private static List<string[]> Split(ReadOnlySpan<string> tokens)
    {
        List<string[]> arguments = [];
        int start = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] is "(" or "[" or "{" && Macro.ClosingOf(tokens, i) is var close and > 0)
            {
                i = close;
            }
            else if (tokens[i] == ",")
            {
                arguments.Add(tokens[start..i].ToArray());
                start = i + 1;
            }
        }

        arguments.Add(tokens[start..].ToArray());
        return arguments;
    }

    /// <summary>A space only where two words would otherwise become one.</summary>
    private static string Join(string[] tokens)
    {
        StringBuilder text = new();
        foreach (string token in tokens)
        {
            bool word = char.IsAsciiLetterOrDigit(token[0]) || token[0] == '_';
            if (text.Length > 0 && word && (char.IsAsciiLetterOrDigit(text[^1]) || text[^1] == '_'))
            {
                text.Append(' ');
            }

            text.Append(token);
        }

        return text.ToString();
    }
}
