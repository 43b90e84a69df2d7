namespace KvmInterop.HeaderScraper;

/// <summary>What scripts can tell from the exit code of <c>kvmgen</c> (docs/kvmgen.md).</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The answer is no: something breaks, differs or is not found; <c>scrape</c> and <c>headers</c>
    /// could not do it.</summary>
    public const int Failure = 1;

    /// <summary>There is no answer: the command line, or a file that it names, is wrong.</summary>
    public const int Usage = 2;

    /// <summary>There is no libclang, or one too old for the architecture: the one failure after which a
    /// build may go on with the committed model.</summary>
    public const int NoLibClang = 3;
}
