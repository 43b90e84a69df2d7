using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Verify;

/// <summary>The model's types as C spells them.</summary>
/// <param name="typedefs">Records without a tag, which the model names by their typedef.</param>
internal sealed class CSpelling(IReadOnlySet<string> typedefs)
{
    /// <summary>Asks the compiler which records have no tag: <c>struct</c> before them is an error.</summary>
    public static CSpelling Of(ApiDocument model, CompilerTarget target)
    {
        IEnumerable<string> lines =
            model.Records.Select((r, i) => $"char r{i}[sizeof({r.Kind} {r.Name}) + 1];");
        string source = $"#include <linux/kvm.h>\n{string.Join('\n', lines)}\n";
        Dictionary<int, string> errors = Compilation.ToObject(target, source).ErrorsByLine();
        IEnumerable<ApiRecord> untagged = model.Records.Where((_, i) => errors.ContainsKey(i + 2));
        return new CSpelling(untagged.Select(r => r.Name).ToHashSet(StringComparer.Ordinal));
    }

    public string Record(ApiRecord record) => Named($"{record.Kind} {record.Name}");

    /// <summary>A type name that C accepts in <c>sizeof</c>, without the dimensions of an array.</summary>
    public string Element(ApiType type) => type.Name switch
    {
        "u8" => "__u8",
        "u16" => "__u16",
        "u32" => "__u32",
        "u64" => "__u64",
        "s8" => "__s8",
        "s16" => "__s16",
        "s32" => "__s32",
        "s64" => "__s64",
        "u128" => "unsigned __int128",
        "s128" => "__int128",
        "ulong" => "unsigned long",
        "slong" => "long",
        "bool" => "_Bool",
        "f32" => "float",
        "f64" => "double",
        "pointer" => "void *",
        _ => Named(type.Name),
    };

    /// <summary>The same with its dimensions.</summary>
    public string Whole(ApiType type) =>
        Element(type) + string.Concat(type.Dims.Select(dimension => $"[{Math.Max(0, dimension)}]"));

    private string Named(string name)
    {
        string tag = name[(name.IndexOf(' ') + 1)..];
        return typedefs.Contains(tag) ? tag : name;
    }
}
