using System.Diagnostics;

namespace KvmInterop.Tests.Scraper;

/// <summary><c>kvmgen</c> as its users run it: a process.</summary>
internal static class Kvmgen
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "kvmgen.dll");

    /// <param name="libClang">What <c>KVMGEN_LIBCLANG</c> says; null leaves it as it is.</param>
    public static (int Code, string Output, string Error) Run(string[] arguments, string? libClang = null)
    {
        ProcessStartInfo start = new("dotnet", [Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        if (libClang is not null)
        {
            start.Environment["KVMGEN_LIBCLANG"] = libClang;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
