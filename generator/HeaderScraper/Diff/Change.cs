namespace KvmInterop.HeaderScraper.Diff;

/// <summary>What stops working for somebody who had the old headers.</summary>
[Flags]
internal enum Breaks
{
    None = 0,

    /// <summary>A program that uses the name as it was does not compile, or means something else.</summary>
    Source = 1,

    /// <summary>A program that was compiled before has another layout or number than the new
    /// headers.</summary>
    Binary = 2,

    Both = Source | Binary,
}

/// <summary>What changed, in the order in which reports have them.</summary>
internal enum Subject
{
    Architecture,
    Record,
    Field,
    Ioctl,
    Constant,
    Enum,
    EnumMember,
    Function,
    Macro,
}

internal enum ChangeKind
{
    Removed,
    Resized,
    Realigned,
    Moved,
    Renumbered,
    Retyped,

    /// <summary>Said in another way, and of the same meaning: a macro that was an enum's member.</summary>
    Redeclared,
    Added,
}

/// <summary>One difference between two models of one architecture.</summary>
/// <param name="Name">C's name; a member with its record: <c>kvm_run.io.port</c>.</param>
/// <param name="Old">What it was, in words for the kind of change; empty for what is added.</param>
/// <param name="New">What it is; empty for what is removed.</param>
/// <param name="Note">Why it breaks what it breaks, where that is not plain; may be empty.</param>
internal sealed record Change(
    Subject Subject, string Name, ChangeKind Kind, string Old, string New, Breaks Breaks, string Note = "")
{
    /// <summary>The record or the named member whose own change this one is part of; empty for
    /// none.</summary>
    public string PartOf { get; init; } = "";

    /// <summary>Told by the change that it is part of, with a number: all that moved with what holds it, or
    /// came and went with its record.</summary>
    public bool IsFolded => PartOf.Length > 0 && (Kind == ChangeKind.Moved || PartOf == Outer);

    /// <summary>The record of a member; otherwise the name.</summary>
    public string Outer =>
        Subject == Subject.Field ? Name[..Name.IndexOf('.', StringComparison.Ordinal)] : Name;
}
