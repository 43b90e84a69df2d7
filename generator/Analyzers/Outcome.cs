namespace KvmInterop.Analyzers;

/// <summary>
/// What a condition says of the architecture: where it may be true, and where it may be false.
/// </summary>
internal readonly record struct Outcome(int WhenTrue, int WhenFalse)
{
    public static readonly Outcome Unknown = new(ArchitectureBits.All, ArchitectureBits.All);

    public static Outcome operator !(Outcome outcome) => new(outcome.WhenFalse, outcome.WhenTrue);

    public static Outcome operator &(Outcome left, Outcome right) =>
        new(left.WhenTrue & right.WhenTrue, left.WhenFalse | right.WhenFalse);

    public static Outcome operator |(Outcome left, Outcome right) => !(!left & !right);

    /// <summary>True exactly on these.</summary>
    public static Outcome On(int bits) => new(bits, ArchitectureBits.All & ~bits);
}
