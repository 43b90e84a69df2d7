namespace KvmInterop.HeaderScraper.Diff;

/// <summary>The words of reports.</summary>
internal static class ChangeWords
{
    public static string Of(Subject subject) => subject switch
    {
        Subject.EnumMember => "enum member",
        _ => subject.ToString().ToLowerInvariant(),
    };

    public static string Of(ChangeKind kind) => kind.ToString().ToLowerInvariant();

    public static string Of(Breaks breaks) => breaks switch
    {
        Breaks.Both => "source and binary",
        Breaks.Source => "source",
        Breaks.Binary => "binary",
        _ => "nothing",
    };

    /// <summary>What there was and is.</summary>
    public static string Detail(Change change) => change.Old.Length == 0 ? change.New
        : change.New.Length == 0 ? change.Old
        : $"{change.Old} -> {change.New}";

    /// <summary>Empty where it is so on every architecture that was compared.</summary>
    public static string Where(Reported one, ModelDiff diff) =>
        one.Change.Subject == Subject.Architecture || one.Architectures.Count == diff.Architectures.Count
            ? ""
            : string.Join(", ", one.Architectures);
}
