using KvmInterop.Tests.Packages.Processes;

namespace KvmInterop.Tests.Packages;

/// <summary>The tool kvmgen, installed and run outside of the checkout.</summary>
[Collection(PackagesGroup.Name)]
public sealed class ToolTests(PackedPackages packages)
{
    [SkippableFact]
    public void Tool_installedToAFolder_explainsScrapesAndCompares()
    {
        string folder = packages.NewFolder("tool");
        Dotnet.Run(
            folder, packages.Environment, "tool", "install", "kvmgen", "--tool-path", "bin", "--version",
            PackedPackages.Version).Succeeded();

        string help = Kvmgen(folder, "--help").Succeeded().Output;
        Assert.All(
            (string[])["list", "show", "explain", "diff", "scrape", "headers", "verify"],
            verb => Assert.Contains($"\n  {verb} ", help, StringComparison.Ordinal));
        Assert.Contains(
            "6.12", Kvmgen(folder, "headers", "list", "--cache", "cache").Succeeded().Output,
            StringComparison.Ordinal);

        // What it says of the default release comes from the tool itself: there is no checkout here.
        string explained = Kvmgen(folder, "explain", "0x4090ae82", "--arch", "x64").Succeeded().Output;
        Assert.StartsWith("KVM_SET_REGS ", explained, StringComparison.Ordinal);
        Assert.Contains("called on", explained, StringComparison.Ordinal);
        Assert.Contains(
            "__u64 rip", Kvmgen(folder, "show", "kvm_regs", "--arch", "x64").Succeeded().Output,
            StringComparison.Ordinal);

        Outcome wrong = Kvmgen(folder, "scrape", "--headers", "/nowhere");
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.StartsWith("kvmgen: There is no folder /nowhere", wrong.Output, StringComparison.Ordinal);

        Requires.LibClang();
        string tree = Requires.Headers("6.1");
        Kvmgen(folder, "scrape", "--headers", tree, "--arch", "riscv64", "--output", "models/").Succeeded();
        string model = File.ReadAllText(Path.Combine(folder, "models", "riscv64.api.json"));
        Assert.Contains("\"linux\": \"6.1.", model, StringComparison.Ordinal);
        Assert.Contains("\"kvm_riscv_config\"", model, StringComparison.Ordinal);
        Kvmgen(folder, "diff", tree, "models", "--arch", "riscv64").Succeeded();
    }

    private Outcome Kvmgen(string folder, params string[] arguments) =>
        Dotnet.Run(Path.Combine(folder, "bin", "kvmgen"), folder, packages.Environment, arguments);
}
