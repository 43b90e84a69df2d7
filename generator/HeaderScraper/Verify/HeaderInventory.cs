using System.Text;
using System.Text.RegularExpressions;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>A macro as a preprocessor lists it.</summary>
internal sealed record DefinedMacro(string Name, bool IsFunctionLike, string Body, string Header);

/// <summary>
/// What a compiler's preprocessor, and nothing of ours but brackets and commas, finds in <c>linux/kvm.h</c>
/// and <c>asm/kvm.h</c>: the list that shows whether a model forgot something.
/// </summary>
internal sealed partial class HeaderInventory
{
    private static readonly string[] Headers = ["linux/kvm.h", "asm/kvm.h"];

    private HeaderInventory(IEnumerable<DefinedMacro> macros, DeclarationScanner declarations)
    {
        Macros = [.. macros];
        Declarations = declarations;
    }

    public IReadOnlyList<DefinedMacro> Macros { get; }

    public DeclarationScanner Declarations { get; }

    public static HeaderInventory Of(CompilerTarget target)
    {
        Compilation run = Compilation.Preprocess(target, "#include <linux/kvm.h>\n");
        return run.Succeeded
            ? Read(Encoding.UTF8.GetString(run.Output))
            : throw new VerifyFailure($"{target.Compiler} cannot read the headers: {run.Messages.Trim()}");
    }

    /// <summary>Reads the output of <c>cc -E -dD</c>.</summary>
    public static HeaderInventory Read(string preprocessed)
    {
        var macros = new Dictionary<string, DefinedMacro>(StringComparer.Ordinal);
        var text = new StringBuilder();
        string? header = null;
        foreach (string line in preprocessed.Split('\n'))
        {
            if (MarkerPattern().Match(line) is { Success: true } marker)
            {
                string file = marker.Groups["file"].Value;
                header = Array.Find(Headers, name => file.EndsWith("/" + name, StringComparison.Ordinal));
            }
            else if (DefinePattern().Match(line) is { Success: true } define && header is not null)
            {
                string name = define.Groups["name"].Value;
                macros[name] = new DefinedMacro(
                    name, define.Groups["parameters"].Success, define.Groups["body"].Value.Trim(), header);
            }
            else if (line.StartsWith("#undef ", StringComparison.Ordinal))
            {
                macros.Remove(line["#undef ".Length..].Trim());
            }
            else if (header is not null && !line.StartsWith('#'))
            {
                text.Append(line).Append('\n');
            }
        }

        return new HeaderInventory(macros.Values, DeclarationScanner.Scan(text.ToString()));
    }

    [GeneratedRegex("^# \\d+ \"(?<file>[^\"]*)\"")]
    private static partial Regex MarkerPattern();

    [GeneratedRegex(@"^#define (?<name>\w+)(?<parameters>\([^)]*\))?(?<body>.*)$")]
    private static partial Regex DefinePattern();
}
