using System.Diagnostics;

namespace KvmInterop.Tests.Layouts;

/// <summary><c>kvmgen verify</c> as a person or a script runs it.</summary>
public class VerifyCommandTests
{
    private static readonly string Model = Repository.PathOf("headers/models/7.3/x64.api.json");

    [SkippableFact]
    public void Verify_matchingHeaders_exits0AndSaysHowMuchWasCompared()
    {
        (int code, string output, string errors) = Verify(Model, Headers("7.3"), Requires.Tool("gcc"));
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches("^x64 7[.]3[.][0-9]+, .*gcc: [0-9]{4,} compared, 0 different, ", output);
    }

    [SkippableFact]
    public void Verify_otherHeaders_exits1AndNamesEachDifference()
    {
        (int code, string output, _) = Verify(Model, Headers("6.1"), Requires.Tool("gcc"));
        Assert.Equal(1, code);
        string[] differences = output.Split('\n');
        Assert.Contains("  KVM_EXIT_TDX: macro is there in the model and absent in C", differences);
        Assert.Contains("  KVM_ASSIGN_DEV_IRQ: macro is absent in the model and there in C", differences);
    }

    [SkippableFact]
    public void Verify_compilerThatIsNotThere_exits2WithOneSentence()
    {
        (int code, string output, string errors) = Verify(Model, Headers("7.3"), "no-such-compiler");
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("kvmgen: no-such-compiler cannot be run", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("no-such.api.json", "does not exist")]
    [InlineData("Directory.Build.props", "Directory.Build.props:1:1: ")]
    public void Verify_fileThatIsNoModel_exits2WithOneSentence(string file, string reason)
    {
        (int code, _, string errors) = Verify(Repository.PathOf(file), Repository.Root, "gcc");
        Assert.Equal(2, code);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    private static string Headers(string release)
    {
        Requires.Headers(release);
        return Repository.HeadersOf(release);
    }

    private static (int Code, string Output, string Errors) Verify(
        string model, string headers, string compiler)
    {
        string[] arguments = [Releases.Kvmgen, "verify", model, "--headers", headers, "--compiler", compiler];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
