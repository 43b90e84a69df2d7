using System.Diagnostics;
using System.Text.Json;

namespace KvmInterop.Tests.Scraper;

/// <summary>generator/build/KvmBindings.targets, in a project of somebody else that imports it.</summary>
public sealed class BuildStepTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvmgen-build-").FullName;
    private readonly SmallHeaders headers = new(
        "#define KVM_A 1\nstruct kvm_s { __u32 value; };\nstruct kvm_run { __u32 exit_reason; };",
        "struct kvm_lapic_state { char regs[4]; };");

    public BuildStepTests()
    {
        string targets = Repository.PathOf("generator/build/KvmBindings.targets");
        File.WriteAllText(
            Path.Combine(folder, "Consumer.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <KvmOptional Include="KVM_A;KVM_B" />
              </ItemGroup>
              <Import Project="{targets}" />
              <Target Name="Constants" AfterTargets="CoreCompile">
                <Message Importance="high" Text="constants $(DefineConstants)" />
              </Target>
            </Project>
            """);
    }

    public void Dispose()
    {
        headers.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [SkippableFact]
    public void Build_ofATree_scrapesOnceAndAgainAfterAnEdit()
    {
        Requires.LibClang();

        (int code, string output) = Build();

        Assert.True(code == 0, output);
        Assert.Contains($"KVM bindings from {headers.Folder}/", output, StringComparison.Ordinal);
        Assert.Contains(";KVM_X64", output, StringComparison.Ordinal);
        Assert.DoesNotContain("KVM_ARM64", output, StringComparison.Ordinal);
        string model = Assert.Single(Directory.GetFiles(folder, "*.api.json", SearchOption.AllDirectories));
        Assert.Contains("\"KVM_A\"", File.ReadAllText(model), StringComparison.Ordinal);
        string assembly = Path.Combine(folder, "bin/Debug/net10.0/Consumer.dll");
        (DateTime, DateTime) times = (File.GetLastWriteTimeUtc(model), File.GetLastWriteTimeUtc(assembly));

        Assert.Equal(0, Build().Code);
        Assert.Equal(times, (File.GetLastWriteTimeUtc(model), File.GetLastWriteTimeUtc(assembly)));

        // An older time is a change too: packages keep the times that their files had.
        string header = headers.Write(
            "asm/kvm.h", "struct kvm_lapic_state { char regs[4]; };\n#define KVM_B 2\n");
        File.SetLastWriteTimeUtc(header, new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(0, Build().Code);
        Assert.Contains("\"KVM_B\"", File.ReadAllText(model), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_ofATree_looksUpOptionalNamesWhenTheHeadersChange()
    {
        Requires.LibClang();

        // What MSBuild ran, with its time: a property that holds all models is work, whatever it is used for.
        (int code, string output) = Build("-clp:PerformanceSummary");
        Assert.True(code == 0, output);
        Assert.Contains("_KvmLookUpOptional", output, StringComparison.Ordinal);
        Assert.Contains(";KVM_X64;KVM_A\n", output, StringComparison.Ordinal);

        (code, output) = Build("-clp:PerformanceSummary");
        Assert.True(code == 0, output);
        Assert.Contains("_KvmFindModels", output, StringComparison.Ordinal);
        Assert.DoesNotContain("_KvmLookUpOptional", output, StringComparison.Ordinal);
        Assert.Contains(";KVM_X64;KVM_A\n", output, StringComparison.Ordinal);

        headers.Write("asm/kvm.h", "struct kvm_lapic_state { char regs[4]; };\n#define KVM_B 2\n");
        (code, output) = Build();
        Assert.True(code == 0, output);
        Assert.Contains(";KVM_X64;KVM_A;KVM_B\n", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_ofABrokenTree_failsWithClangsMessage()
    {
        Requires.LibClang();
        string file = headers.Write("linux/kvm.h", "#include <asm/kvm.h>\nbroken;\nint x = ;\n");

        (int code, string output) = Build();

        Assert.Equal(1, code);
        Assert.Contains(
            $"error KVMGEN103: the headers for x64 do not compile: {file}:3:9: expected expression",
            output, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_ofANamedTreeWithoutLibClang_fails()
    {
        (int code, string output) = Build("/nonexistent", []);

        Assert.Equal(1, code);
        Assert.Contains(
            "error KVMGEN101: KVMGEN_LIBCLANG names '/nonexistent'", output, StringComparison.Ordinal);
        Assert.Contains("apt install libclang1-19", output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("KvmInterop", "7.3", "x64")]
    [InlineData("KvmInterop", "7.3", "arm64")]
    [InlineData("KvmInterop", "7.3", "riscv64")]
    [InlineData("KvmInterop.Machine", "6.1", "x64;arm64")]
    public void Runtime_ofSomeArchitectures_builds(string project, string release, string architectures)
    {
        // What one architecture alone has, and what newer headers alone have, is compiled where it is.
        Requires.LibClang();
        string tree = Repository.PathOf($"headers/cache/{release}");
        Skip.IfNot(Directory.Exists(tree), $"needs the headers of {release}: ./build.sh headers {release}");

        (int code, string output) = Dotnet(
            null, "build", Repository.PathOf($"runtime/{project}"), "-nologo", "-nodeReuse:false",
            "--artifacts-path", folder, "-p:RunAnalyzers=false", $"-p:KvmHeaders={tree}",
            $"-p:KvmArchitectures={architectures.Replace(";", "%3B", StringComparison.Ordinal)}");

        Assert.True(code == 0, output);
        Assert.Contains($"KVM bindings from {tree}/", output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(
            Path.Combine(folder, "bin", project), $"{project}.dll", SearchOption.AllDirectories));
    }

    [Fact]
    public void DefaultRelease_ofTheBuild_isThatOfTheList()
    {
        string props = File.ReadAllText(Repository.PathOf("generator/build/KvmBindings.props"));
        string list = File.ReadAllText(Repository.PathOf("headers/releases.json"));
        string release = JsonDocument.Parse(list).RootElement.GetProperty("default").GetString()!;

        Assert.Contains($"<KvmDefaultRelease>{release}</KvmDefaultRelease>", props, StringComparison.Ordinal);
    }

    private (int Code, string Output) Build(params string[] more) => Build(null, more);

    private (int Code, string Output) Build(string? libClang, string[] more) => Dotnet(
        libClang,
        ["build", folder, "-nologo", "-nodeReuse:false", $"-p:KvmHeaders={headers.Folder}", .. more]);

    private static (int Code, string Output) Dotnet(string? libClang, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (libClang is not null)
        {
            start.Environment["KVMGEN_LIBCLANG"] = libClang;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
