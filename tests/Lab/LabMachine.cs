using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace KvmInterop.Tests.Lab;

/// <summary>
/// An x86-64 machine that QEMU emulates, with a processor of AMD's and in it a real kvm-amd: what this
/// repository runs there is run by hardware, as far as KVM can tell.
/// </summary>
/// <remarks>Made once by the scripts of tests/guest-lab in artifacts/lab; each command boots it.</remarks>
internal sealed class LabMachine
{
    private static readonly TimeSpan SetUpPatience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan PublishPatience = TimeSpan.FromMinutes(15);
    private static readonly string[] Tools =
        ["qemu-system-x86_64", "busybox", "cpio", "apt-get", "dpkg-deb", "ldd", "gcc"];

    // The kernel for virtual machines lacks 9P; of the one that has it, these few of 4,000 files.
    private const string FilesFor9P =
        "'./boot/vmlinuz-*' '*/drivers/virtio/*' '*/fs/9p/*' '*/fs/netfs/*' '*/fs/fscache/*' '*/net/9p/*'";

    private static readonly string Scripts = Repository.PathOf("tests/guest-lab");
    private static readonly string Work = Repository.PathOf("artifacts/lab");
    private static readonly Lazy<(string? Reason, LabMachine? Machine)> Found = new(Find);

    /// <summary>All that lab machines print, as it comes; build.sh shows it.</summary>
    public static string Output { get; } = Path.Combine(Work, "output.log");

    /// <summary>What guests in the machine boot.</summary>
    public static string Guest { get; } = Path.Combine(Work, "guest");

    private readonly string folder;

    private LabMachine(string folder) => this.folder = folder;

    /// <summary>The machine, or the reason why there is none.</summary>
    public static (string? Reason, LabMachine? Machine) Get() => Found.Value;

    /// <summary>Boots it and runs a command in <c>/app</c>.</summary>
    /// <param name="command">For the shell of busybox.</param>
    /// <param name="seconds">The deadline.</param>
    /// <param name="folders">What is there besides, by the names under <c>/app</c>.</param>
    public ShellOutcome Run(string command, int seconds, params (string Folder, string Name)[] folders) =>
        Shell.Run(
            $"'{Scripts}/boot.sh' '{folder}' {seconds} '{command}' "
                + string.Join(' ', folders.Select(each => $"'{each.Folder}={each.Name}'")),
            TimeSpan.FromSeconds(seconds + 30),
            ("LOG", Output));

    /// <summary>Publishes examples/LinuxVm, compiled ahead of time: an emulated processor takes seconds for that.
    /// </summary>
    /// <param name="isNative">Whether as a program of its own (NativeAOT), as QEMU is one, or for .NET.</param>
    /// <returns>The folder.</returns>
    public static string PublishLinuxVm(bool isNative)
    {
        string folder = Path.Combine(Work, isNative ? "linuxvm-native" : "linuxvm");
        ShellOutcome outcome = Shell.Run(
            $"dotnet publish '{Repository.PathOf("examples/LinuxVm")}' -c Release -r linux-x64 "
                + (isNative ? "-p:PublishAot=true" : "--no-self-contained -p:PublishReadyToRun=true")
                + $" -o '{folder}' -nologo -v:q",
            PublishPatience);
        Assert.True(outcome.ExitCode == 0, outcome.Output);
        return folder;
    }

    /// <summary>Copies the installed QEMU, for use inside the machine.</summary>
    /// <returns>The folder, in which it is started by the script <c>qemu</c>.</returns>
    public static string MakeQemu()
    {
        string copy = Path.Combine(Work, "qemu");
        ShellOutcome outcome = Shell.Run($"'{Scripts}/qemu.sh' '{copy}'", SetUpPatience);
        Assert.True(outcome.ExitCode == 0, outcome.Output);
        return copy;
    }

    /// <summary>Compiles the bench's loops in C.</summary>
    /// <param name="bench">Where the bench was built.</param>
    /// <returns>The folder with the file <c>loops</c>.</returns>
    public static string MakeLoops(string bench)
    {
        string folder = Path.Combine(Work, "loops");
        Directory.CreateDirectory(folder);
        ShellOutcome outcome = Shell.Run(
            $"'{bench}/KvmInterop.Tests.Benchmarks' compile '{folder}/loops'", SetUpPatience);
        Assert.True(outcome.ExitCode == 0, outcome.Output);
        return folder;
    }

    /// <summary>Compiles the small kernels, and runs them in the installed QEMU to compare with.</summary>
    /// <returns>The folder with both.</returns>
    public static string MakeKernels()
    {
        string kernels = Path.Combine(Work, "kernels");
        ShellOutcome outcome = Shell.Run($"'{Scripts}/kernels.sh' '{kernels}'", SetUpPatience);
        Assert.True(outcome.ExitCode == 0, outcome.Output);
        return kernels;
    }

    private static (string? Reason, LabMachine? Machine) Find()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux())
        {
            return ("the guest lab needs Linux on x86-64", null);
        }

        if (Tools.FirstOrDefault(tool => Requires.FindTool(tool) is null) is string missing)
        {
            return ($"the guest lab cannot be set up: {missing} is not on the PATH", null);
        }

        string kernel = Path.Combine(Work, "kernel");
        string kernel9p = Path.Combine(Work, "kernel-9p");
        if ((Fetch(kernel, "linux-image-cloud-amd64") ?? Fetch(kernel9p, "linux-image-amd64", FilesFor9P))
            is string refused)
        {
            return ($"the guest lab has no kernel, apt-get download failed: {refused}", null);
        }

        string machine = Path.Combine(Work, Fingerprint(kernel));
        string stamp = Path.Combine(machine, "ready");
        if (!File.Exists(stamp))
        {
            Directory.CreateDirectory(machine);
            string commands = $"{ImageCommand(kernel, machine)} && "
                + $"'{Scripts}/guest.sh' '{kernel}' '{kernel9p}' '{Guest}'";
            if (Shell.Run(commands, SetUpPatience) is { ExitCode: not 0 } failed)
            {
                return ($"the guest lab could not be made: {LastLine(failed)}", null);
            }

            File.WriteAllText(stamp, "");
        }

        return (null, new LabMachine(machine));
    }

    // Unpacks a kernel that is not there yet; what apt says where it refuses.
    private static string? Fetch(string folder, string package, string patterns = "") =>
        !Directory.Exists(folder)
        && Shell.Run($"'{Scripts}/kernel.sh' '{folder}' {package} {patterns}", SetUpPatience)
            is { ExitCode: not 0 } refused
            ? LastLine(refused)
            : null;

    private static string LastLine(ShellOutcome outcome) => outcome.Output.Trim().Split('\n')[^1];

    // The .NET that runs these tests is the one that is carried into the machine.
    private static string ImageCommand(string kernel, string machine)
    {
        string framework = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/');
        string root = Path.GetFullPath("../../..", framework);
        return $"'{Scripts}/image.sh' '{kernel}' '{root}' '{Path.GetFileName(framework)}' '{machine}'";
    }

    // Another kernel, framework or script is another machine.
    private static string Fingerprint(string kernel)
    {
        StringBuilder all = new();
        all.Append(RuntimeEnvironment.GetRuntimeDirectory()).Append('\n');
        foreach (string file in Directory.GetFiles(Path.Combine(kernel, "boot"), "vmlinuz-*"))
        {
            all.Append(Path.GetFileName(file)).Append('\n');
        }

        string[] files = Directory.GetFiles(Scripts, "*", SearchOption.AllDirectories);
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            all.Append(file[Scripts.Length..]).Append('\n').Append(File.ReadAllText(file));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())))[..12];
    }
}
