using KvmInterop.Tests.Packages.Processes;

namespace KvmInterop.Tests.Packages;

/// <summary>The package KvmInterop.Generator in a project of somebody else: what it makes.</summary>
[Collection(PackagesGroup.Name)]
public sealed class GeneratorPackageTests(PackedPackages packages)
{
    private const string Release = "6.1";

    private const string Code = """
        using My.Kvm;
        using My.Kvm.X64;

        unsafe
        {
            Console.WriteLine($"{sizeof(kvm_regs)} {sizeof(My.Kvm.Arm64.kvm_regs)}");
        }

        using var file = File.OpenHandle(
            "/dev/kvm", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        int version = new KvmSystemFd((int)file.DangerousGetHandle()).GetApiVersion();
        Console.WriteLine(version == KvmApi.KVM_API_VERSION);
        """;

    [SkippableFact]
    public void TreeOf61_withoutTheRuntime_isGeneratedOnceAndRuns()
    {
        Requires.LibClang();
        string tree = Requires.Headers(Release);
        Consumer consumer = new(
            packages, "Bindings",
            Consumer.Reference("KvmInterop.Generator")
                + Consumer.Headers($"""Include="{tree}" Architectures="x64;arm64" Namespace="My.Kvm" """),
            Code);

        Outcome built = consumer.Build("-warnaserror").Succeeded();
        Assert.Contains("0 Warning(s)", built.Output, StringComparison.Ordinal);
        string[] libraries = Directory.GetFiles(consumer.Folder, "*.dll", SearchOption.AllDirectories);
        Assert.DoesNotContain(
            libraries, file => Path.GetFileName(file).StartsWith("Kvm", StringComparison.Ordinal));

        string[] models = ModelsOf(consumer);
        Assert.Equal(["arm64.api.json", "x64.api.json"], models.Select(Path.GetFileName).Order());
        Assert.All(models, model => Assert.Contains(
            $"\"linux\": \"{Release}.", File.ReadAllText(model), StringComparison.Ordinal));

        string again = consumer.Build("-v:n").Succeeded().Output;
        Assert.Contains("Skipping target \"KvmScrape\"", again, StringComparison.Ordinal);
        Assert.Contains("Skipping target \"CoreCompile\"", again, StringComparison.Ordinal);

        // An IDE knows the same files, and goes on knowing them when the headers cannot be read any more.
        string known = consumer.DesignTimeBuild().Succeeded().Output;
        Assert.All(
            models, model => Assert.Contains(Path.GetFileName(model), known, StringComparison.Ordinal));

        Requires.Kvm();
        // The sizes are those of the kernel's struct kvm_regs: 18 registers, and arm64's with all banks.
        Assert.Equal("144 864\nTrue\n", consumer.Run().Succeeded().Output);
    }

    [SkippableFact]
    public void TreeOf61_withTheRuntimeAndAList_doesNotClashAndWarnsOfATypo()
    {
        Requires.LibClang();
        string tree = Requires.Headers(Release);
        Consumer consumer = new(
            packages, "Both",
            Consumer.Reference("KvmInterop") + Consumer.Reference("KvmInterop.Generator")
                + Consumer.Headers($"""Include="{tree}" Architectures="x64" """),
            """
            using KvmInterop;
            using KvmInterop.Native;
            using KvmInterop.Native.Arm64;
            using Mine = PROJECT.Native;

            if (args.Length > 0)
            {
                kvm_vcpu_init init = default;
                return new KvmVcpuFd(-1).ArmVcpuInit(in init);
            }

            using Kvm kvm = Kvm.Open();
            int version = new Mine.KvmSystemFd(kvm.Fd.Value).GetApiVersion();
            Console.WriteLine(version == KvmApi.KVM_API_VERSION && version == kvm.Fd.GetApiVersion());
            return 0;
            """);
        consumer.Write("KvmApis.txt", "# what this calls\nKVM_GET_API_VERSION\n  KVM_GET_REG\nKVM_SET_REGS");

        Outcome built = consumer.Build("-p:EmitCompilerGeneratedFiles=true").Succeeded();
        string warning = Assert.Single(built.LinesWith("warning KVMGEN010"));
        Assert.Contains(
            "KvmApis.txt(3,3): warning KVMGEN010: Nothing in these headers is called 'KVM_GET_REG'; "
            + "did you mean KVM_GET_REGS?", warning, StringComparison.Ordinal);
        Assert.Empty(built.LinesWith("warning CS"));

        // Each of the two packages has the analyzers; they speak once.
        string beforeSummary = built.Output.Split("Build succeeded")[0];
        Assert.Single(
            beforeSummary.Split('\n'), line => line.Contains("warning KVM0001", StringComparison.Ordinal));

        string space = consumer.Name + ".Native.";
        Assert.Equal(
            ["Ioctl.KVM_GET_API_VERSION.g.cs", "Ioctl.KVM_SET_REGS.g.cs", "kvm_regs.g.cs"],
            Directory.GetFiles(consumer.Folder, "*.g.cs", SearchOption.AllDirectories)
                .Select(file => Path.GetFileName(file)!.Replace(space, "", StringComparison.Ordinal))
                .Where(file => file.StartsWith("kvm_", StringComparison.Ordinal)
                    || file.StartsWith("Ioctl.", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));

        Requires.Kvm();
        Assert.Equal("True\n", consumer.Run().Succeeded().Output);
    }

    [Fact]
    public void ModelFolders_severalInOneProject_needNoLibClang()
    {
        string models = Repository.PathOf("headers/models");
        string release = Directory.GetDirectories(models).Order(StringComparer.Ordinal).Last();
        Consumer consumer = new(
            packages, "Models",
            Consumer.Reference("KvmInterop.Generator")
                + Consumer.Headers($"""Include="{release}" Architectures="x64" Namespace="First.Kvm" """)
                + Consumer.Headers($"""Include="{Copy(release)}" Architectures="arm64, s390x" """),
            """
            Console.WriteLine(First.Kvm.KvmApi.KVM_API_VERSION == PROJECT.Native.KvmApi.KVM_API_VERSION);
            Console.WriteLine(typeof(PROJECT.Native.S390x.kvm_regs) != typeof(First.Kvm.kvm_regs));
            """);

        consumer.DotnetWith("KVMGEN_LIBCLANG", "/nowhere", "build", "-nologo", "-warnaserror").Succeeded();
        Assert.Equal("True\nTrue\n", consumer.Run().Succeeded().Output);
    }

    private string Copy(string folder)
    {
        string copy = packages.NewFolder("models");
        foreach (string file in Directory.GetFiles(folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    private static string[] ModelsOf(Consumer consumer) =>
        Directory.GetFiles(Path.Combine(consumer.Folder, "obj"), "*.api.json", SearchOption.AllDirectories);
}
