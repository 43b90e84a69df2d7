using System.Diagnostics;
using System.Security.Cryptography;
using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.Tests.Headers;

/// <summary>Fetching, from an archive that is a folder of the test's own, by apt's file: method.</summary>
public sealed class FetchTests : IDisposable
{
    private const string Marker = "struct kvm_lapic_state {};\n";

    private readonly TemporaryFolder folder = new();
    private readonly List<string> progress = [];

    public void Dispose() => folder.Dispose();

    [SkippableFact]
    public void Fetch_linkedPackage_makesATreeOfFiles()
    {
        HeaderRelease release = Build();

        Fetch(release);

        HeaderTree tree = Cache.TreeOf("1.2")!;
        Assert.Equal(["x64", "arm64"], tree.Architectures.Select(a => a.Name));
        Assert.Equal("1.2.3", tree.Version);
        string asm = Path.Combine(tree.Include, "x86_64-linux-gnu", "asm");
        Assert.Equal(Marker, File.ReadAllText(Path.Combine(asm, "kvm.h")));
        Assert.Null(new FileInfo(Path.Combine(asm, "kvm.h")).LinkTarget);
        Assert.True(File.Exists(Path.Combine(asm, "vendor", "deep.h")));
        Assert.False(Directory.Exists(Path.Combine(tree.Include, "sound")));
        Assert.Equal("1.2: 1.2.3 for x64, arm64", progress[^1]);
        AssertCacheHas("1.2");
    }

    [SkippableFact]
    public void Fetch_again_doesNothing()
    {
        HeaderRelease release = Build();
        Fetch(release);
        Directory.Delete(Path.Combine(folder.Path, "archive"), recursive: true);

        Fetch(release);

        Assert.Equal($"1.2: already there, {Cache.FolderOf("1.2")}", progress[^1]);
    }

    [SkippableFact]
    public void Fetch_otherVersion_takesThePlaceOfTheOld()
    {
        HeaderRelease release = Build();
        Fetch(release with { Packages = [release.Packages[0] with { Provides = ["x64"] }] });
        string file = folder.Write("cache/1.2/usr/include/linux/old.h", "");
        HeaderRelease newer = Build("1.2.4-1");

        Fetch(newer);

        Assert.False(File.Exists(file));
        Assert.True(Cache.Has(newer));
        AssertCacheHas("1.2");
    }

    [SkippableFact]
    public void Fetch_otherChecksum_refusesAndKeepsTheCache()
    {
        HeaderRelease release = Build();
        Fetch(release);
        HeaderPackage changed = release.Packages[0] with { Sha256 = new string('0', 64) };

        HeaderException error = Refuse(release with { Packages = [changed] });

        Assert.Contains($" sha256 {release.Packages[0].Sha256} and not {changed.Sha256}", error.Message);
        Assert.Contains("fetch again later", error.Message);
        Assert.True(Cache.Has(release));
        AssertCacheHas("1.2");
    }

    [SkippableFact]
    public void Fetch_versionThatLeft_saysHowToTakeTheNext()
    {
        HeaderRelease release = Build();
        HeaderPackage gone = release.Packages[0] with { Version = "1.2.2-1" };

        HeaderException error = Refuse(release with { Packages = [gone] });

        Assert.StartsWith(
            "No archive of apt's has linux-libc-dev 1.2.2-1 (all) of release 1.2 any more;", error.Message);
        Assert.Contains("`kvmgen headers add 1.2`", error.Message);
        Assert.Contains("make headers_install", error.Message);
        AssertCacheHas();
    }

    // Nothing listens on port 9 of this machine; if something does, it is no archive.
    [SkippableFact]
    public void Fetch_noNetwork_saysSo()
    {
        HeaderRelease release = Build();
        folder.Write("apt/sources.list", "deb http://127.0.0.1:9/debian stable main\n");

        HeaderException error = Refuse(release);

        Assert.StartsWith("apt could not download linux-libc-dev 1.2.3-1 (", error.Message);
        Assert.Contains("; check the network, or name the tree", error.Message);
        AssertCacheHas();
    }

    [SkippableFact]
    public void Fetch_noSources_saysSo()
    {
        HeaderRelease release = Build();
        folder.Write("apt/sources.list", "");

        HeaderException error = Refuse(release);

        Assert.StartsWith($"{folder.Path}/apt names no archive to fetch headers from;", error.Message);
    }

    [SkippableFact]
    public void Fetch_architectureThatThePackageLacks_isRefused()
    {
        HeaderRelease release = Build();
        HeaderPackage more = release.Packages[0] with { Provides = ["x64", "s390x"] };

        HeaderException error = Refuse(release with { Packages = [more] });

        Assert.StartsWith(
            "linux-libc-dev_1.2.3-1_all.deb has no usr/include/s390x-linux-gnu/asm;", error.Message);
        AssertCacheHas();
    }

    [SkippableFact]
    public void Fetch_fileThatIsNoPackage_isRefused()
    {
        HeaderRelease release = Build();
        string file = Path.Combine(folder.Path, "archive", release.Packages[0].PoolPath);
        File.WriteAllText(file, "no package");
        HeaderPackage broken = release.Packages[0] with { Sha256 = Hash(file) };

        HeaderException error = Refuse(release with { Packages = [broken] });

        Assert.StartsWith("linux-libc-dev_1.2.3-1_all.deb could not be unpacked (", error.Message);
        AssertCacheHas();
    }

    private HeaderCache Cache => new(Path.Combine(folder.Path, "cache"));

    private void Fetch(HeaderRelease release) =>
        new HeaderFetcher(Cache, progress.Add, Path.Combine(folder.Path, "apt")).Fetch(release);

    private HeaderException Refuse(HeaderRelease release) =>
        Assert.Throws<HeaderException>(() => Fetch(release));

    // Also that no half of a tree was left behind.
    private void AssertCacheHas(params string[] releases) => Assert.Equal(
        releases, Directory.GetFileSystemEntries(Cache.Folder).Select(entry => Path.GetFileName(entry)));

    /// <summary>An archive with one package, made as linux-libc-dev is: asm folders are links.</summary>
    private HeaderRelease Build(string version = "1.2.3-1")
    {
        Requires.Tool("apt-get");
        string program = Requires.Tool("dpkg-deb");
        folder.Write("apt/sources.list", $"deb file:{folder.Path}/archive stable main\n");
        string upstream = version.Split('-')[0];
        string root = "package-" + version;
        folder.Write(root + "/usr/include/linux/kvm.h", "");
        folder.Write(root + "/usr/include/linux/version.h", "#define LINUX_VERSION_CODE 66051\n");
        folder.Write(root + "/usr/include/asm-generic/ioctl.h", "");
        folder.Write(root + "/usr/include/sound/asound.h", "");
        folder.Write(root + "/usr/lib/linux/uapi/x86/asm/kvm.h", Marker);
        folder.Write(root + "/usr/include/aarch64-linux-gnu/asm/kvm.h", "KVM_ARM_TARGET_AEM_V8\n");
        folder.Write(root + "/usr/include/x86_64-linux-gnu/asm/vendor/deep.h", "");
        File.CreateSymbolicLink(
            folder.Path + $"/{root}/usr/include/x86_64-linux-gnu/asm/kvm.h",
            "../../../lib/linux/uapi/x86/asm/kvm.h");
        folder.Write(root + "/DEBIAN/control", $"""
            Package: linux-libc-dev
            Version: {version}
            Architecture: all
            Maintainer: Nobody <nobody@example.invalid>
            Description: headers {upstream}

            """);

        HeaderPackage package = new("linux-libc-dev", "linux", version, "all", "", ["x64", "arm64"]);
        string file = Path.Combine(folder.Path, "archive", package.PoolPath);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using Process process = Process.Start(
            new ProcessStartInfo(program, ["--build", "-Zgzip", folder.Path + "/" + root, file])
            {
                RedirectStandardOutput = true,
            })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return new HeaderRelease("1.2", "stable", [package with { Sha256 = Hash(file) }]);
    }

    private static string Hash(string file) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
