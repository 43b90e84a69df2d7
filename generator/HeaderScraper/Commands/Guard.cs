using System.CommandLine;
using KvmInterop.HeaderScraper.Headers;
using KvmInterop.HeaderScraper.Rendering;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary>Turns what a user can mend into one sentence and an exit code.</summary>
internal static class Guard
{
    /// <param name="failure">The exit code for what goes wrong in this command.</param>
    public static int Run(ParseResult result, int failure, Func<Screen, int> action)
    {
        Screen screen = new(result.InvocationConfiguration);
        try
        {
            return action(screen);
        }
        catch (ScrapeException exception)
        {
            int code = exception.ExitCode == ExitCodes.Failure ? failure : exception.ExitCode;
            return Fail(screen, exception.Message, code);
        }
        catch (Exception exception) when (exception is HeaderException or VerifyFailure or IOException
            or UnauthorizedAccessException)
        {
            return Fail(screen, exception.Message, failure);
        }
    }

    private static int Fail(Screen screen, string message, int code)
    {
        screen.Progress.Clear();
        screen.Error.WriteLine($"{Kvmgen.Name}: {message}");
        return code;
    }
}
