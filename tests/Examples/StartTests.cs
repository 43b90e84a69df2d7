using System.Diagnostics;

namespace KvmInterop.Tests.Examples;

/// <summary>
/// What HelloVm starts besides itself. A program that was compiled ahead takes most of its time to start for
/// this; counts, since times depend on the machine. KVM is a stand-in, so that it runs whole everywhere.
/// </summary>
public sealed class StartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task HelloVm_start_hasNothingOfNetToCompile()
    {
        await Run();

        // .NET's own methods are compiled ahead, except what is generic over structures that .NET does not
        // know: those the JIT compiles in any program, in one that was compiled ahead as well.
        string[] compiled = [.. (await File.ReadAllLinesAsync(PathOf("methods")))
            .Select(line => line[(line.IndexOf("compiled ", StringComparison.Ordinal) + 9)..])
            .Where(method => method.StartsWith("System.", StringComparison.Ordinal))];

        Assert.DoesNotContain(compiled, method => method.Contains("KvmInterop", StringComparison.Ordinal));
        Assert.True(compiled.Length <= 3, string.Join('\n', compiled)); // One, of .NET 10, also in no program.
    }

    [SkippableFact]
    public async Task HelloVm_start_loadsNothingForWhatNobodyAskedFor()
    {
        await Run();

        string[] loaded = await File.ReadAllLinesAsync(PathOf("assemblies"));
        Assert.Contains("KvmInterop.dll", loaded);
        Assert.Empty(loaded.Intersect(
        [
            "System.CommandLine.dll", // There is nothing on the command line,
            "Iced.dll", "KvmInterop.Machine.dll", // no debugger and no report of a failure,
            "Spectre.Console.dll", // no table of statistics,
            "System.Diagnostics.DiagnosticSource.dll", // no listener to meters,
            "System.Linq.dll", "System.Collections.dll", // and nothing to query or to keep in lists.
        ]));
    }

    [SkippableFact]
    public async Task HelloVm_tracedFromItsStart_tellsItsWholeLife()
    {
        string trace = PathOf("trace");

        await Run(
            ("DOTNET_EnableEventPipe", "1"),
            ("DOTNET_EventPipeConfig", "KvmInterop:7:5"),
            ("DOTNET_EventPipeOutputPath", trace));

        byte[] seen = await File.ReadAllBytesAsync(trace);
        Assert.All(
            ["create VM", "created", "run", "KVM_EXIT_IO", "KVM_EXIT_HLT"],
            text => Assert.True(TraceText.IsIn(seen, text), text));
    }

    private string PathOf(string name) => Path.Combine(folder, name);

    private async Task Run(params (string Name, string Value)[] settings)
    {
        ProcessStartInfo start = await WithoutKvm.Prepare(
            folder, new(ExampleProcess.ProgramOf("HelloVm"))
            {
                RedirectStandardOutput = true,
                Environment =
                {
                    ["ASSEMBLIES"] = PathOf("assemblies"),
                    ["DOTNET_JitStdOutFile"] = PathOf("methods"),
                    ["DOTNET_JitDisasmSummary"] = "1",
                    ["DOTNET_TieredCompilation"] = "1",
                },
            });
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Assert.Equal("4\n", await process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
