using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Macros;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>What the reason says for which a macro was skipped.</summary>
internal static class SkippedMacro
{
    public static bool IsFunction(ApiSkipped macro) =>
        macro.Reason.StartsWith(SkipReason.FunctionLike, StringComparison.Ordinal);

    /// <summary>Defined, as a word for <c>#ifdef</c>, without a value.</summary>
    public static bool IsFlag(ApiSkipped macro) => macro.Reason == SkipReason.Empty;

    /// <summary>An ioctl of another architecture: no program of this one can use it.</summary>
    public static bool IsForeign(ApiSkipped macro) =>
        macro.Reason.StartsWith("needs struct ", StringComparison.Ordinal)
        || macro.Reason.StartsWith("needs union ", StringComparison.Ordinal)
        || macro.Reason.StartsWith("needs enum ", StringComparison.Ordinal);
}
