using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using KvmInterop.Tests.Packages.Processes;

namespace KvmInterop.Tests.Packages;

/// <summary>The package KvmInterop in a project of somebody else.</summary>
[Collection(PackagesGroup.Name)]
public sealed partial class RuntimePackageTests(PackedPackages packages)
{
    [SkippableFact]
    public void Readme_programOfThePackage_buildsAndPrints4()
    {
        using var package = packages.Open("KvmInterop.VERSION.nupkg");
        using StreamReader reader = new(package.GetEntry("README.md")!.Open());
        string code = Block().Match(reader.ReadToEnd()).Groups[1].Value;
        Consumer consumer = new(packages, "Guest", Consumer.Reference("KvmInterop"), code);

        Outcome built = consumer.Build("-warnaserror").Succeeded();
        Assert.Contains("0 Warning(s)", built.Output, StringComparison.Ordinal);

        Requires.Kvm();
        Requires.Architecture(Architecture.X64);
        Assert.Equal("4\n", consumer.Run().Succeeded().Output);
    }

    [Fact]
    public void Analyzers_ofThePackage_warnUnlessTheProjectIsForOneArchitecture()
    {
        const string Code =
            """
            [assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
            using var kvm = KvmInterop.Kvm.Open();
            using var vm = kvm.CreateVm();
            using var vcpu = vm.CreateVcpu();
            System.Console.WriteLine(vcpu.GetRegisters().rip);
            """;
        Consumer consumer = new(packages, "Unchecked", Consumer.Reference("KvmInterop"), Code);

        Outcome portable = consumer.Build().Succeeded();
        Outcome one = consumer.Build("-p:KvmArchitectures=X64", "-warnaserror").Succeeded();

        Assert.Contains(
            "warning KVM0001: 'Vcpu.GetRegisters' needs X64", portable.Output, StringComparison.Ordinal);
        Assert.Contains("0 Warning(s)", one.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
