using KvmInterop.Tests.Guests;

namespace KvmInterop.Tests.Arm64Guests;

/// <summary>examples/Arm64Linux with the guest of the lab.</summary>
internal static class Arm64Linux
{
    /// <summary>How long a guest of a machine that is emulated itself may take to boot, or to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const string Program = "dn";

    /// <summary>Starts it.</summary>
    /// <param name="does">What the guest's first process does (tests/guest-lab/guest/init).</param>
    /// <param name="options">What Arm64Linux is told besides kernel and initrd.</param>
    public static VmProcess Boot(string does, params IEnumerable<string> options) =>
        Run(Arguments("", does, options));

    /// <summary>The same with a table of what there was, whose making takes its time here.</summary>
    public static VmProcess BootWithStatistics(string does, params IEnumerable<string> options) =>
        Boot(does, ["--stats", .. options]);

    /// <summary>The same of a guest that ends by a function of that script's, and not by power-off.</summary>
    public static VmProcess BootToEnd(string end, string does, params IEnumerable<string> options) =>
        Run(Arguments($"finally={end}", does, options));

    /// <summary>Starts it on a terminal (<see cref="VmProcess.OnATerminal"/>).</summary>
    public static VmProcess BootOnATerminal(string errors, string does, params IEnumerable<string> options) =>
        VmProcess.OnATerminal(errors, [Program, .. Command(Arguments("", does, options))]);

    /// <summary>With whatever options.</summary>
    public static VmProcess Run(params IEnumerable<string> options) => new(Program, Command(options));

    // The kernel gives its first process what stands behind "--" as arguments, and variables before it.
    private static IEnumerable<string> Arguments(string variables, string does, IEnumerable<string> options) =>
    [
        "--kernel", GuestFiles.Kernel, "--initrd", GuestFiles.Initrd, "--append",
        $"console=ttyAMA0 quiet panic=-1 {variables} -- {does}", .. options,
    ];

    private static IEnumerable<string> Command(IEnumerable<string> options)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "vm");
        return
        [
            Path.Combine(folder, "KvmInterop.Tests.Arm64Runner.dll"), Path.Combine(folder, "Arm64Linux.dll"),
            .. options,
        ];
    }
}
