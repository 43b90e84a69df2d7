namespace KvmInterop.HeaderScraper;

/// <summary>A mistake that its reader can mend: one sentence, and the exit code.</summary>
internal sealed class ScrapeException(string message, int exitCode = ExitCodes.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
