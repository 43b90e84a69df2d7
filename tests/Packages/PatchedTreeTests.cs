using KvmInterop.Tests.Packages.Processes;

namespace KvmInterop.Tests.Packages;

/// <summary>A kernel of one's own: what its headers have more comes through, what is wrong is said.</summary>
[Collection(PackagesGroup.Name)]
public sealed class PatchedTreeTests(PackedPackages packages)
{
    private const string Patch = """
        struct kvm_test_patched {
        	__u64 address;
        	__u32 words[4];
        };
        #define KVM_TEST_PATCHED _IOWR(KVMIO, 0xf7, struct kvm_test_patched)
        """;

    private const string Code = """
        using My.Kvm;

        unsafe
        {
            kvm_test_patched record = default;
            int result = new KvmVmFd(-1).TestPatched(&record);
            Console.WriteLine($"{sizeof(kvm_test_patched)} {KvmApi.KVM_TEST_PATCHED:x} {result}");
        }
        """;

    private const string Skipped = "Skipping target \"KvmScrape\"";

    [SkippableFact]
    public void PatchedTree_thenABrokenOne_isGeneratedThenRefused()
    {
        Requires.LibClang();
        HeaderCopy headers = new(packages, "6.1");
        headers.Patch(Patch);
        Consumer consumer = new(
            packages, "Patched",
            Consumer.Reference("KvmInterop.Generator")
                + Consumer.Headers(
                    $"""Include="{headers.Folder}" Architectures="x64;arm64" Namespace="My.Kvm" """),
            Code);

        consumer.Build("-warnaserror", "-p:ErrorLog=diagnostics.sarif").Succeeded();
        // Number, size and direction by C's _IOWR: 3 << 30 | 24 << 16 | 0xae << 8 | 0xf7.
        Assert.Equal("24 c018aef7 -1\n", consumer.Run().Succeeded().Output);
        string diagnostics = File.ReadAllText(Path.Combine(consumer.Folder, "diagnostics.sarif"));
        Assert.Contains("KVMGEN004", diagnostics, StringComparison.Ordinal);
        Assert.Contains("KVM_TEST_PATCHED has no row in ioctls.json", diagnostics, StringComparison.Ordinal);

        // Another header with an older time is scraped again, and once.
        headers.Patch("/* nothing new */");
        headers.Age();
        Assert.DoesNotContain(Skipped, UpToTheCompiler(consumer), StringComparison.Ordinal);
        Assert.Contains(Skipped, UpToTheCompiler(consumer), StringComparison.Ordinal);

        headers.Patch("struct kvm_test_broken { nonsense member; };");
        Outcome broken = consumer.Build();
        Assert.NotEqual(0, broken.ExitCode);
        string error = Assert.Single(broken.LinesWith("error "));
        Assert.Contains("error KVMGEN103: the headers for ", error, StringComparison.Ordinal);
        Assert.Contains("linux/kvm.h:", error, StringComparison.Ordinal);
        Assert.Contains("unknown type name 'nonsense'", error, StringComparison.Ordinal);

        // The IDE still has what was right last.
        string known = consumer.DesignTimeBuild().Succeeded().Output;
        Assert.Contains("x64.api.json", known, StringComparison.Ordinal);
        Assert.Contains("arm64.api.json", known, StringComparison.Ordinal);

        consumer.Dotnet("clean", "-nologo").Succeeded();
        Assert.Empty(Directory.GetFiles(consumer.Folder, "*.api.json", SearchOption.AllDirectories));
    }

    private static string UpToTheCompiler(Consumer consumer) => consumer
        .Dotnet("msbuild", "-nologo", "-v:n", "-t:BuildOnlySettings;KvmHeaders").Succeeded().Output;
}
