using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace KvmInterop.Tests.Arm64;

/// <summary>
/// The kit that boots an arm64 kernel with KVM in an emulator and runs .NET programs there. It is no part of
/// this repository: where it is missing or cannot be set up, the tests are skipped with the reason.
/// </summary>
internal static class Arm64Kit
{
    /// <summary>
    /// Names a folder with the kit; without it, <c>../shared/arm64-kit</c> beside the checkout.
    /// </summary>
    private const string FolderVariable = "KVMINTEROP_ARM64_KIT";

    // Downloads and two small builds; a machine that takes longer has no network to speak of.
    private static readonly TimeSpan SetUpPatience = TimeSpan.FromMinutes(4);

    private static readonly string[] Tools = ["apt-get", "dpkg-deb", "npm", "python3"];
    private static readonly string Work = Repository.PathOf("artifacts/arm64");
    private static readonly Lazy<(string? Reason, Arm64Machine? Machine)> Found = new(Find);

    /// <summary>
    /// The machine, set up now or by an earlier run; otherwise the running test is skipped.
    /// </summary>
    public static Arm64Machine Require()
    {
        (string? reason, Arm64Machine? machine) = Found.Value;
        Skip.If(machine is null, reason);
        return machine!;
    }

    private static (string? Reason, Arm64Machine? Machine) Find()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux())
        {
            return ("the emulated arm64 machine needs Linux on x86-64", null);
        }

        string named = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } variable
            ? variable
            : Repository.PathOf("../shared/arm64-kit");
        string kit = Path.GetFullPath(named, Repository.Root);
        if (!File.Exists(Path.Combine(kit, "setup.sh")))
        {
            return ($"no kit for an emulated arm64 machine; name its folder in {FolderVariable}", null);
        }

        string print = Fingerprint(kit);
        string folder = Path.Combine(Work, print);
        Arm64Machine machine = new(Path.Combine(folder, "kit", "armrun.sh"), Path.Combine(folder, "machine"));
        string stamp = Path.Combine(folder, "ready");
        if (File.Exists(stamp))
        {
            return (null, machine);
        }

        string? reason = CannotSetUp() ?? SetUp(kit, folder);
        if (reason is not null)
        {
            return (reason, null);
        }

        File.WriteAllText(stamp, "");
        return (null, machine);
    }

    private static string? CannotSetUp()
    {
        string? missing = Tools.FirstOrDefault(tool => Requires.FindTool(tool) is null);
        return missing is not null
            ? $"the emulated arm64 machine cannot be set up: {missing} is not on the PATH"
            : !Environment.IsPrivilegedProcess
            ? "the emulated arm64 machine cannot be set up: that needs root, once"
            : null;
    }

    private static string? SetUp(string kit, string folder)
    {
        // A copy, because setting up builds in the kit's folder, which may belong to others; and out of reach
        // of this repository's properties.
        Directory.CreateDirectory(folder);
        foreach (string name in (string[])["Build.props", "Build.targets", "Packages.props"])
        {
            File.WriteAllText(Path.Combine(Work, "Directory." + name), "<Project />\n");
        }

        string log = Path.Combine(folder, "setup.log");
        string options = Path.Combine(folder, "apt.conf");
        File.WriteAllText(options, "DPkg::Lock::Timeout \"120\";\n"); // Others may be installing something.

        // The emulator insists on its network card's boot image, which is a package of its own.
        string script = $"""
            set -e; exec >'{log}' 2>&1
            rm -rf '{folder}/kit' '{folder}/machine'; cp -r '{kit}' '{folder}/kit'
            find '{folder}/kit' -name obj -o -name bin | xargs rm -rf
            '{folder}/kit/setup.sh' '{folder}/machine'
            apt-get install -y -q --no-install-recommends ipxe-qemu
            """;
        ShellOutcome outcome = Shell.Run(
            script, SetUpPatience, ("APT_CONFIG", options), ("DEBIAN_FRONTEND", "noninteractive"));
        return outcome.ExitCode == 0 && File.Exists(Path.Combine(folder, "machine", "vmlinuz"))
            ? null
            : "the emulated arm64 machine could not be set up; see "
                + Path.GetRelativePath(Repository.Root, log);
    }

    // Another kit is another machine.
    private static string Fingerprint(string kit)
    {
        StringBuilder all = new();
        foreach (string file in Directory.GetFiles(kit).Order(StringComparer.Ordinal))
        {
            all.Append(Path.GetFileName(file)).Append('\n').Append(File.ReadAllText(file)).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())))[..12];
    }
}
