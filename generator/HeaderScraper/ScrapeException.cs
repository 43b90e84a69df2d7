namespace KvmInterop.HeaderScraper;

/// <summary>What scripts can tell from the exit code of <c>kvmgen</c>.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The headers or the command line are wrong.</summary>
    public const int Failure = 1;

    /// <summary>There is no libclang, or one too old for the architecture: the one failure after which a
    /// build may go on with the committed
    /// model.</summary>
    public const int NoLibClang = 3;
}

/// <summary>A mistake that its reader can mend: one sentence, and the exit code.</summary>
internal sealed class ScrapeException(string message, int exitCode = ExitCodes.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
