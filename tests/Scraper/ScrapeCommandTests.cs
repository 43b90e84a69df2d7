namespace KvmInterop.Tests.Scraper;

/// <summary><c>kvmgen scrape</c>: what it writes, and what it says when it cannot.</summary>
public sealed class ScrapeCommandTests : IDisposable
{
    /// <summary>Only the x86 header has it, which is how a tree with one asm folder is told apart.</summary>
    private const string X64 = "struct kvm_lapic_state { char regs[4]; };";

    private readonly SmallHeaders headers = new("#define KVM_A 1", X64);
    private readonly string output = Directory.CreateTempSubdirectory("kvmgen-output-").FullName;

    public void Dispose()
    {
        headers.Dispose();
        Directory.Delete(output, recursive: true);
    }

    [SkippableFact]
    public void Scrape_toAFolder_writesAFilePerArchitecture()
    {
        Requires.LibClang();

        Assert.Equal((0, "", ""), Scrape("--output", output));

        Assert.Equal(["x64.api.json"], Directory.GetFiles(output).Select(Path.GetFileName));
    }

    [SkippableFact]
    public void Scrape_toAFileOrStandardOutput_writesTheSame()
    {
        Requires.LibClang();
        string file = Path.Combine(output, "made", "model.json");
        Assert.Equal((0, "", ""), Scrape("--output", file));

        (int code, string text, string error) = Scrape();

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(File.ReadAllText(file), text);
        Assert.Contains("\"name\": \"KVM_A\"", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Scrape_depends_listsWhatWasRead()
    {
        Requires.LibClang();
        string depends = Path.Combine(output, "depends");
        headers.Write("linux/version.h", "#define LINUX_VERSION_CODE 393496\n");
        headers.Write("asm/beside.h", "");
        headers.Write("asm/kvm.h", $"#include \"beside.h\"\n#include <linux/types.h>\n{X64}\n");

        Scrape("--output", Path.Combine(output, "model"), "--depends", depends);

        Assert.Equal(
            ["asm/beside.h", "asm/kvm.h", "linux/kvm.h", "linux/types.h", "linux/version.h"],
            File.ReadAllLines(depends).Select(path => Path.GetRelativePath(headers.Folder, path)));
    }

    [SkippableFact]
    public void Scrape_brokenHeader_saysClangsMessageAndPlaceAndWritesNothing()
    {
        Requires.LibClang();
        string file = headers.Write(
            "asm/kvm.h", $"{X64}\nstruct broken {{\n  missing_t x;\n  other_t y;\n}};\n");

        Assert.Equal(
            (1, "", $"kvmgen: the headers for x64 do not compile: {file}:3:3: unknown type name 'missing_t'"
                + " (and 1 more)\n"),
            Scrape("--output", output));

        Assert.Empty(Directory.GetFileSystemEntries(output));
    }

    [SkippableFact]
    public void Scrape_errorDirective_isAnError()
    {
        Requires.LibClang();
        string file = headers.Write("linux/kvm.h", "\n#error not for you\n");

        Assert.Equal(
            (1, "", $"kvmgen: the headers for x64 do not compile: {file}:2:2: not for you\n"), Scrape());
    }

    [SkippableFact]
    public void Scrape_missingInclude_saysWhich()
    {
        Requires.LibClang();
        string file = headers.Write("linux/kvm.h", "#include <linux/absent.h>\n");

        Assert.Equal(
            (1, "", $"kvmgen: the headers for x64 do not compile: {file}:1:10: "
                + "'linux/absent.h' file not found\n"),
            Scrape());
    }

    [SkippableFact]
    public void Scrape_typeThatTheModelLacks_saysWhichMember()
    {
        Requires.LibClang();
        headers.Write("linux/kvm.h", "#include <asm/kvm.h>\nstruct s { long double x; };\n");

        Assert.Equal(
            (1, "", "kvmgen: cannot describe the member 'long double x' of 's': "
                + "the model has no name for the C type 'long double'\n"),
            Scrape());
    }

    [Fact]
    public void Scrape_missingFolder_saysSo()
    {
        (int code, string text, string error) = Kvmgen.Run(["scrape", "--headers", "/nonexistent/tree"]);

        Assert.Equal((1, ""), (code, text));
        Assert.StartsWith("kvmgen: There is no folder /nonexistent/tree", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("/nonexistent")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("libc.so.6")]
    public void Scrape_missingLibClang_namesThePackageAndHasItsOwnExitCode(string libClang)
    {
        Assert.Equal(
            (3, "", $"kvmgen: KVMGEN_LIBCLANG names '{libClang}', where there is no libclang that can be"
                + " loaded: name its file or folder (Debian and Ubuntu: apt install libclang1-19)\n"),
            Kvmgen.Run(["scrape", "--headers", headers.Folder, "--output", output], libClang));

        Assert.Empty(Directory.GetFileSystemEntries(output));
    }

    [Fact]
    public void Scrape_unknownArchitecture_saysWhatTheTreeHas()
    {
        (int code, _, string error) = Scrape("--arch", "vax");

        Assert.Equal(1, code);
        Assert.Matches("^kvmgen: The header tree .* has no vax; it has x64\\.\n$", error);
    }

    [SkippableFact]
    public void Scrape_severalArchitecturesToOneFile_isRefusedBeforeReading()
    {
        Requires.Headers("7.3");

        Assert.Equal(
            (1, "", "kvmgen: 7 architectures make as many models: name a folder with --output DIR, "
                + "or one architecture with --arch NAME\n"),
            Kvmgen.Run(["scrape", "--headers", "7.3"]));
    }

    [SkippableFact]
    public void Scrape_oneOfSeveralIsBroken_writesNone()
    {
        Requires.LibClang();
        foreach (string triplet in (string[])["x86_64-linux-gnu", "aarch64-linux-gnu"])
        {
            headers.Write($"{triplet}/asm/kvm.h", "");
        }

        string file = headers.Write("aarch64-linux-gnu/asm/kvm.h", "int broken = ;\n");

        Assert.Equal(
            (1, "", $"kvmgen: the headers for arm64 do not compile: {file}:1:14: expected expression\n"),
            Scrape("--output", output));
        Assert.Empty(Directory.GetFileSystemEntries(output));
    }

    private (int Code, string Output, string Error) Scrape(params string[] arguments) =>
        Kvmgen.Run(["scrape", "--headers", headers.Folder, .. arguments]);
}
