namespace KvmInterop.Tests.Guests;

/// <summary>examples/LinuxVm with the guest of the lab.</summary>
internal static class LinuxVm
{
    /// <summary>How long a guest may take to boot, or to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Names the folder of the built program.</summary>
    private const string FolderVariable = "KVMINTEROP_LINUXVM";

    /// <summary>Starts it.</summary>
    /// <param name="does">What the guest's first process does (tests/guest-lab/guest/init).</param>
    /// <param name="options">What LinuxVm is told besides kernel and initrd.</param>
    public static VmProcess Boot(string does, params IEnumerable<string> options) =>
        Start(CommandLine(does), options);

    /// <summary>The same; all starts but those that are called bare have the table.</summary>
    public static VmProcess BootWithStatistics(string does, params IEnumerable<string> options) => Boot(does, options);

    /// <summary>Starts it with the kernel that has 9P.</summary>
    public static VmProcess BootWith9P(string does, params IEnumerable<string> options) => Run(
    [
        "--kernel", GuestFiles.Kernel9P, "--initrd", GuestFiles.Initrd9P, "--append", CommandLine(does), .. options,
    ]);

    /// <summary>Starts it as another user.</summary>
    public static VmProcess BootAs(string user, string does, params IEnumerable<string> options) =>
        new("su", "-s", "/bin/sh", "-c", VmProcess.Quote(["exec", .. Command(CommandLine(does), options)]), user);

    /// <summary>Starts it on a terminal of 24 rows and 80 columns, of which the first line has the path.</summary>
    /// <param name="errors">A file for what the program itself says; beside it is made one for the shell.</param>
    /// <param name="does">What the guest's first process does.</param>
    /// <param name="options">What LinuxVm is told besides kernel and initrd.</param>
    public static VmProcess BootOnATerminal(string errors, string does, params IEnumerable<string> options) =>
        VmProcess.OnATerminal(errors, Command(CommandLine(does), options));

    /// <summary>Starts it with a command line of the kernel's.</summary>
    public static VmProcess Start(string commandLine, params IEnumerable<string> options) =>
        Run(Arguments(commandLine, options));

    /// <summary>Lets a saved machine go on.</summary>
    public static VmProcess Restore(string folder, params IEnumerable<string> options) =>
        Run(["--restore", folder, .. options]);

    /// <summary>Starts it with these arguments.</summary>
    public static VmProcess Run(params IEnumerable<string> arguments) => RunBare(["--stats", .. arguments]);

    /// <summary>Starts it without the table of its statistics, which takes more time than the rest of its end.
    /// </summary>
    public static VmProcess RunBare(params IEnumerable<string> arguments)
    {
        string[] program = Program();
        return new VmProcess(program[0], [.. program[1..], .. arguments]);
    }

    private static string CommandLine(string does) => $"console=ttyS0 quiet panic=-1 -- {does}";

    /// <summary>What a kernel is started with.</summary>
    public static IEnumerable<string> Arguments(string commandLine, IEnumerable<string> options) =>
        ["--kernel", GuestFiles.Kernel, "--initrd", GuestFiles.Initrd, "--append", commandLine, .. options];

    private static IEnumerable<string> Command(string commandLine, IEnumerable<string> options) =>
        [.. Program(), "--stats", .. Arguments(commandLine, options)];

    // For .NET, or compiled ahead of time to a program of its own.
    private static string[] Program()
    {
        string library = Path.Combine(Folder(), "LinuxVm.dll");
        return File.Exists(library) ? ["dotnet", library] : [Path.Combine(Folder(), "LinuxVm")];
    }

    // The build of the same configuration and framework as this one.
    private static string Folder()
    {
        string[] parts = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return Environment.GetEnvironmentVariable(FolderVariable)
            ?? Repository.PathOf($"examples/LinuxVm/bin/{parts[^2]}/{parts[^1]}");
    }
}
