using System.Diagnostics;

namespace KvmInterop.Tests.Headers;

/// <summary><c>kvmgen headers</c> as a process.</summary>
public sealed class HeadersCommandTests : IDisposable
{
    private static readonly string Kvmgen = Path.Combine(AppContext.BaseDirectory, "kvmgen.dll");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void List_emptyCache_namesEveryRelease()
    {
        (int code, string output, string error) = Run(["headers", "list", "--cache", folder.Path]);

        Assert.Equal((0, ""), (code, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("6.1 ", lines[0]);
        Assert.EndsWith(": x64, arm64, riscv64, s390x, ppc64le, mips64", lines[0]);
        Assert.StartsWith("7.3 (default)  not fetched, linux-libc-dev 7.3.", lines[2]);
    }

    [SkippableFact]
    public void List_theCheckout_hasTheFetchedRelease()
    {
        Requires.Headers("7.3");

        (int code, string output, _) = Run(["headers", "list"], Repository.Root);

        Assert.Equal(0, code);
        Assert.Contains("7.3 (default)  fetched, 7.3.", output);
    }

    [Fact]
    public void Fetch_noApt_saysSoAndFails()
    {
        (int code, string output, string error) = Run(["headers", "fetch", "7.3", "--cache", folder.Path]);

        Assert.Equal((1, ""), (code, output));
        Assert.Equal(
            "kvmgen: apt-get, which fetches headers, is not here; name the tree of a kernel's "
            + "`make headers_install` instead (-p:KvmHeaders=DIR for a build).\n",
            error);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Fetch_unknownRelease_saysSoAndFails()
    {
        (int code, _, string error) = Run(["headers", "fetch", "9.9", "--cache", folder.Path]);

        Assert.Equal(1, code);
        Assert.StartsWith("kvmgen: There is no release 9.9, but 6.1, 6.12, 7.3;", error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void List_noCheckoutAndNoCache_looksIntoTheUsers()
    {
        string tree = Path.Combine(folder.Path, "kvmgen", "headers", "6.12", "usr", "include");
        Directory.CreateDirectory(Path.Combine(tree, "linux"));
        Directory.CreateDirectory(Path.Combine(tree, "x86_64-linux-gnu", "asm"));
        File.WriteAllText(Path.Combine(tree, "linux", "kvm.h"), "");
        File.WriteAllText(Path.Combine(tree, "x86_64-linux-gnu", "asm", "kvm.h"), "");

        (int code, string output, string error) = Run(["headers", "list"]);

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("6.12           fetched, unknown: x64\n", output);
        Assert.Contains("6.1            not fetched, ", output);
    }

    [Fact]
    public void Add_noCheckout_saysSoAndFails()
    {
        (int code, _, string error) = Run(["headers", "add", "9.9"]);

        Assert.Equal(1, code);
        Assert.Equal(
            "kvmgen: This folder is in no checkout of KvmInterop, whose headers/releases.json this writes; "
            + "run it in one.\n",
            error);
    }

    // An empty PATH, so that neither apt nor anything else of the machine is found.
    private (int Code, string Output, string Error) Run(string[] arguments, string? directory = null)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["exec", Kvmgen, .. arguments])
        {
            WorkingDirectory = directory ?? folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = "";
        start.Environment["XDG_CACHE_HOME"] = folder.Path;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
