using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Guests;

/// <summary>examples/LinuxVm with the guest of the lab.</summary>
internal static partial class LinuxVm
{
    /// <summary>How long a guest may take to boot, or to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Names the folder of the built program.</summary>
    private const string FolderVariable = "KVMINTEROP_LINUXVM";

    /// <summary>Starts it.</summary>
    /// <param name="does">What the guest's first process does (tests/guest-lab/guest/init).</param>
    /// <param name="options">What LinuxVm is told besides kernel and initrd.</param>
    public static VmProcess Boot(string does, params IEnumerable<string> options) =>
        Start($"console=ttyS0 quiet panic=-1 -- {does}", options);

    /// <summary>Starts it with a command line of the kernel's.</summary>
    public static VmProcess Start(string commandLine, params IEnumerable<string> options) => Run(
        ["--kernel", GuestFiles.Kernel, "--initrd", GuestFiles.Initrd, "--append", commandLine, .. options]);

    /// <summary>Lets a saved machine go on.</summary>
    public static VmProcess Restore(string folder, params IEnumerable<string> options) =>
        Run(["--restore", folder, .. options]);

    /// <summary>By what the guest left KVM, as LinuxVm tells at its end.</summary>
    public static Dictionary<string, int> ExitsOf(VmProcess vm) => ExitRow().Matches(vm.Errors).ToDictionary(
        match => match.Groups[1].Value,
        match => int.Parse(match.Groups[2].ValueSpan, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));

    /// <summary>The same for the lab's table.</summary>
    public static string Exits(VmProcess vm) =>
        string.Join(", ", ExitsOf(vm).Select(exit => $"{exit.Key["KVM_EXIT_".Length..]} {exit.Value}"));

    private static VmProcess Run(params IEnumerable<string> arguments) =>
        new("dotnet", [Path.Combine(Folder(), "LinuxVm.dll"), "--stats", .. arguments]);

    // The table of --stats has a row for each.
    [GeneratedRegex("^ *exit +(KVM_EXIT_[A-Z_0-9]+) +([0-9,]+) ", RegexOptions.Multiline)]
    private static partial Regex ExitRow();

    // The build of the same configuration and framework as this one.
    private static string Folder()
    {
        string[] parts = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return Environment.GetEnvironmentVariable(FolderVariable)
            ?? Repository.PathOf($"examples/LinuxVm/bin/{parts[^2]}/{parts[^1]}");
    }
}
