using Spectre.Console;

namespace KvmInterop.Tests.Benchmarks.Reports;

/// <summary>Where tables go: the terminal, or a file in which they are as wide as they need.</summary>
internal static class ReportConsole
{
    private const int WidthInFiles = 160;

    public static IAnsiConsole Create()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Capabilities.Ansi = false;
            AnsiConsole.Profile.Width = WidthInFiles;
        }

        return AnsiConsole.Console;
    }
}
