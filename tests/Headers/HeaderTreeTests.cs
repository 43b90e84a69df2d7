using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.Tests.Headers;

/// <summary>Which trees are understood, and what is said of the others.</summary>
public sealed class HeaderTreeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Architectures => [.. HeaderArchitecture.All.Select(a => a.Name)];

    public static TheoryData<string> Releases => [.. HeaderText.Releases];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("include/")]
    [InlineData("usr/include/")]
    public void Open_eachLayout_findsTheIncludeFolder(string below)
    {
        folder.Write(below + "linux/kvm.h", "");
        folder.Write(below + "asm/kvm.h", "struct kvm_lapic_state {};");

        HeaderTree tree = HeaderTree.Open(folder.Path);

        Assert.Equal(Path.Combine(folder.Path, below).TrimEnd('/'), tree.Include);
        Assert.Equal([tree.Include], tree["x64"].IncludeFolders);
        Assert.Equal("unknown", tree.Version);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Open_oneAsmFolder_isToldByItsHeader(string name)
    {
        HeaderArchitecture architecture = HeaderArchitecture.Find(name)!;
        folder.Write("linux/kvm.h", string.Concat(HeaderArchitecture.All.Select(a => a.Marker)));
        folder.Write("asm/kvm.h", $"#define {architecture.Marker} 1");

        HeaderTree tree = HeaderTree.Open(folder.Path);

        Assert.Equal([architecture], tree.Architectures.Select(a => a.Architecture));
    }

    [Fact]
    public void Open_multiarch_hasWhatIsThereInOurOrder()
    {
        folder.Write("linux/kvm.h", "");
        folder.Write("s390x-linux-gnu/asm/kvm.h", "");
        folder.Write("aarch64-linux-gnu/asm/kvm.h", "");
        folder.Write("hppa-linux-gnu/asm/kvm.h", "");
        folder.Write("riscv64-linux-gnu/asm/types.h", "");

        HeaderTree tree = HeaderTree.Open(folder.Path);

        Assert.Equal(["arm64", "s390x"], tree.Architectures.Select(a => a.Name));
        Assert.Equal(
            [Path.Combine(folder.Path, "aarch64-linux-gnu"), folder.Path], tree["arm64"].IncludeFolders);
    }

    [Fact]
    public void Indexer_architectureThatIsMissing_namesThoseThatAreThere()
    {
        folder.Write("linux/kvm.h", "");
        folder.Write("aarch64-linux-gnu/asm/kvm.h", "");
        HeaderTree tree = HeaderTree.Open(folder.Path);

        HeaderException error = Assert.Throws<HeaderException>(() => tree["x64"]);

        Assert.EndsWith("has no x64; it has arm64.", error.Message);
    }

    [Theory]
    [InlineData("linux/types.h", "", "has no linux/kvm.h, nor include/linux/kvm.h")]
    [InlineData("include/uapi/linux/kvm.h", "", "is a kernel's source; run `make headers_install")]
    [InlineData("linux/kvm.h", "", "has linux/kvm.h but no asm/kvm.h")]
    public void Open_noTree_saysWhatIsMissing(string file, string text, string expected)
    {
        folder.Write(file, text);

        HeaderException error = Assert.Throws<HeaderException>(() => HeaderTree.Open(folder.Path));

        Assert.StartsWith($"{folder.Path} {expected}", error.Message);
    }

    [Fact]
    public void Open_architectureOfNobody_namesOurs()
    {
        folder.Write("linux/kvm.h", "");
        folder.Write("asm/kvm.h", "#define KVM_ARM_TARGET_CORTEX_A15 0");

        HeaderException error = Assert.Throws<HeaderException>(() => HeaderTree.Open(folder.Path));

        Assert.EndsWith("those are x64, arm64, riscv64, s390x, ppc64le, mips64, loongarch64.", error.Message);
    }

    [Fact]
    public void Open_noFolder_saysSo() => Assert.StartsWith(
        $"There is no folder {folder.Path}/x;",
        Assert.Throws<HeaderException>(() => HeaderTree.Open(folder.Path + "/x")).Message);

    [Theory]
    [InlineData("#define LINUX_VERSION_CODE 393647\n", "6.1.175")]
    [InlineData("#define LINUX_VERSION_CODE 393727\n#define LINUX_VERSION_MAJOR 6\n"
        + "#define LINUX_VERSION_PATCHLEVEL 1\n#define LINUX_VERSION_SUBLEVEL 300\n", "6.1.300")]
    [InlineData("#define KERNEL_VERSION(a,b,c) 1\n", null)]
    public void KernelVersion_text_isRead(string text, string? expected) =>
        Assert.Equal(expected, KernelVersion.Parse(text));

    [SkippableTheory]
    [MemberData(nameof(Releases))]
    public void Open_fetchedRelease_hasItsArchitecturesAndVersion(string release)
    {
        HeaderTree tree = HeaderTree.Open(Requires.Headers(release));
        HeaderRelease known = HeaderReleases.ReadBuiltIn()[release];

        Assert.Equal(known.Architectures.Select(a => a.Name), tree.Architectures.Select(a => a.Name));
        Assert.StartsWith(release + ".", tree.Version);
    }

    // As make headers_install would have made them, from the real headers.
    [SkippableTheory]
    [MemberData(nameof(Releases))]
    public void Open_oneArchitectureOfARelease_isTold(string release)
    {
        HeaderTree whole = HeaderTree.Open(Requires.Headers(release));
        foreach (HeaderTreeArchitecture architecture in whole.Architectures)
        {
            string include = folder.Folder(architecture.Name);
            Directory.CreateSymbolicLink(include + "/linux", Path.Combine(whole.Include, "linux"));
            Directory.CreateSymbolicLink(
                include + "/asm", Path.Combine(whole.Include, architecture.Triplet, "asm"));

            Assert.Equal([architecture.Name], HeaderTree.Open(include).Architectures.Select(a => a.Name));
        }
    }
}
