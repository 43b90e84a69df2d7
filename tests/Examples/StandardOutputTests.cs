using System.Diagnostics;

namespace KvmInterop.Tests.Examples;

/// <summary>Where an example's guest prints to, on the stand-in for KVM.</summary>
public sealed class StandardOutputTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task File_thatOthersWriteToo_hasAllInTurn()
    {
        string file = Path.Combine(folder, "output");

        await Run($"(echo before; $0; echo between; $0; echo after) > '{file}'");

        Assert.Equal("before\n4\nbetween\n4\nafter\n", await File.ReadAllTextAsync(file));
    }

    [SkippableTheory]
    [InlineData("exec $0 > /dev/full", "standard output cannot be written (No space left on device)")]
    [InlineData("exec $0 >&-", "standard output cannot be written (Bad file descriptor)")]
    [InlineData("$0 | :", "nobody reads the output any more")]
    public async Task Output_thatCannotBeWritten_isSaidInASentence(string command, string sentence) =>
        Assert.Equal($"HelloVm: {sentence}\n", await Run(command));

    // What it says on standard error.
    private async Task<string> Run(string command)
    {
        string hello = ExampleProcess.ProgramOf("HelloVm");
        using Process process = Process.Start(await WithoutKvm.Prepare(folder, new("/bin/sh", ["-c", command, hello])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return errors;
    }
}
