using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Headers;

/// <summary>An ioctl macro as a header writes it: <c>_IOW(KVMIO, 0x82, struct kvm_regs)</c>.</summary>
internal sealed record IoctlMacro(string Name, string Direction, string Type);

/// <summary>
/// The text of a release's KVM headers, all architectures, read with patterns: on purpose not the way of
/// kvmgen, which asks a compiler.
/// </summary>
internal static partial class HeaderText
{
    public static readonly string[] Releases = ["6.1", "6.12", "7.3"];

    /// <summary><c>linux/kvm.h</c> and every <c>asm/kvm.h</c>, without comments, a macro a line.</summary>
    public static IReadOnlyDictionary<string, string> Read(string release)
    {
        string include = Requires.Headers(release);
        return Directory.EnumerateFiles(include, "kvm.h", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(include, file).Replace('\\', '/'))
            .Where(name => name == "linux/kvm.h" || name.EndsWith("/asm/kvm.h", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToDictionary(name => name, name => Clean(File.ReadAllText(Path.Combine(include, name))));
    }

    public static IReadOnlyList<IoctlMacro> Macros(string release) =>
    [
        .. Read(release).Values.SelectMany(text => MacroPattern().Matches(text))
            .Select(m => new IoctlMacro(m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value.Trim()))
            .DistinctBy(m => m.Name),
    ];

    public static HashSet<string> Capabilities(string release) =>
    [
        .. Read(release).Values.SelectMany(text => CapabilityPattern().Matches(text))
            .Select(m => m.Groups[1].Value),
    ];

    /// <summary>The triplets whose asm/kvm.h defines a record; none for those of linux/kvm.h.</summary>
    public static IReadOnlyList<string> TripletsOf(string record, string release) =>
    [
        .. Read(release)
            .Where(file => file.Key != "linux/kvm.h" && Bodies(file.Value).ContainsKey(record))
            .Select(file => file.Key.Split('/')[0]),
    ];

    /// <summary>The bodies of the named records of a header.</summary>
    public static IReadOnlyDictionary<string, string> Bodies(string text)
    {
        Dictionary<string, string> bodies = [];
        foreach (Match match in RecordPattern().Matches(text))
        {
            int depth = 1;
            int end = match.Index + match.Length;
            while (depth > 0)
                depth += text[end++] switch { '{' => 1, '}' => -1, _ => 0 };
            bodies[match.Groups[1].Value] = text[(match.Index + match.Length)..(end - 1)];
        }

        return bodies;
    }

    public static bool HasFlexibleArray(string body) => FlexiblePattern().IsMatch(body);

    private static string Clean(string text) =>
        CommentPattern().Replace(text, " ").Replace("\\\n", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex CommentPattern();

    [GeneratedRegex(
        @"^[ \t]*#[ \t]*define[ \t]+(KVM_\w+)[ \t]+(_IO[RW]*)[ \t]*\([^,]*,[^,)]*(?:,([^)]*))?\)",
        RegexOptions.Multiline)]
    private static partial Regex MacroPattern();

    [GeneratedRegex(@"^[ \t]*#[ \t]*define[ \t]+(KVM_CAP_\w+)", RegexOptions.Multiline)]
    private static partial Regex CapabilityPattern();

    [GeneratedRegex(@"\bstruct\s+(\w+)\s*\{")]
    private static partial Regex RecordPattern();

    [GeneratedRegex(@"__DECLARE_FLEX_ARRAY|\[0?\];")]
    private static partial Regex FlexiblePattern();
}
