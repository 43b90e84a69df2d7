namespace KvmInterop.Tests.Examples;

/// <summary>
/// Mistakes of a user, which need no KVM: one sentence with the remedy, no stack trace, a failing exit code.
/// </summary>
public sealed class WrongInputTests : IDisposable
{
    private const string NoDevice = "/nonexistent/kvm";

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("HelloVm")]
    [InlineData("CounterVm")]
    [InlineData("HelloPort")]
    [InlineData("MiniMachine")]
    [InlineData("TwoVcpus")]
    [InlineData("SnapshotFork")]
    public async Task Any_withoutKvm_saysWhatToDo(string example) => Assert.Equal(
        new Outcome(
            1,
            "",
            $"{example}: open ({NoDevice}) failed with ENOENT, \"No such file or directory\": this system "
            + "has no KVM device; load the module kvm_intel or kvm_amd, switch virtualization on in the "
            + "firmware, and give a container the device (docker run --device /dev/kvm)\n"),
        await ExampleProcess.Run(example, "--kvm", NoDevice));

    [Theory]
    [InlineData("HelloVm")]
    [InlineData("CounterVm")]
    [InlineData("HelloPort")]
    public async Task Any_withAFileThatIsNotKvm_saysSo(string example) => Assert.Equal(
        new Outcome(
            1,
            "",
            $"{example}: KVM_GET_API_VERSION (/dev/null) failed on the system file with ENOTTY, "
            + "\"Inappropriate ioctl for device\": this file is not the KVM device; name /dev/kvm\n"),
        await ExampleProcess.Run(example, "--kvm", "/dev/null"));

    [SkippableFact]
    public async Task Arm64Hello_onX64_saysWhatItNeeds()
    {
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);

        Assert.Equal(
            new Outcome(1, "", "Arm64Hello: the guest is an arm64 one; run this on an arm64 machine\n"),
            await ExampleProcess.Run("Arm64Hello"));
    }

    [SkippableFact]
    public async Task Arm64Linux_onX64_saysWhatItNeeds()
    {
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);

        Assert.Equal(
            new Outcome(1, "", "Arm64Linux: the machine is an arm64 one; run this on an arm64 machine\n"),
            await ExampleProcess.Run("Arm64Linux", "--kernel", "vmlinuz"));
    }

    [SkippableFact]
    public async Task HelloVm_withoutPermission_saysWhichGroup()
    {
        string device = Path.Combine(folder, "kvm");
        File.WriteAllText(device, "");
        File.SetUnixFileMode(device, UnixFileMode.None);

        // Root may open everything: then as nobody, from a copy, because the checkout may be in a home that
        // only its owner can enter.
        foreach (string file in Directory.EnumerateFiles(ExampleProcess.FolderOf("HelloVm")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.SetUnixFileMode(folder, (UnixFileMode)0b101_101_101 | UnixFileMode.UserWrite);
        string program = Path.Combine(folder, "HelloVm");
        using ExampleProcess process = Environment.IsPrivilegedProcess
            ? ExampleProcess.StartProgram(
                Requires.Tool("setpriv"),
                "--reuid=65534", "--regid=65534", "--clear-groups", program, "--kvm", device)
            : ExampleProcess.StartProgram(program, "--kvm", device);

        Assert.Equal(
            new Outcome(
                1,
                "",
                $"HelloVm: open ({device}) failed with EACCES, \"Permission denied\": this user may not use "
                + $"it, nor may a group; give it to one (sudo chgrp kvm {device}; sudo chmod g+rw {device}) "
                + "and join that (sudo usermod -aG kvm $USER)\n"),
            await process.Finish());
    }

    [Theory]
    [InlineData("HelloVm", "--bad", "Unrecognized command or argument '--bad'. See --help.")]
    [InlineData("HelloVm", "image", "Unrecognized command or argument 'image'. See --help.")]
    [InlineData("HelloVm", "--kvm", "Required argument missing for option: '--kvm'. See --help.")]
    [InlineData("CounterVm", "--count x", "--count takes a number from 0 up, not 'x'. See --help.")]
    [InlineData("CounterVm", "--count -1", "--count takes a number from 0 up, not '-1'. See --help.")]
    [InlineData("CounterVm", "--count 99999999999999999999",
        "--count takes a number from 0 up, not '99999999999999999999'. See --help.")]
    [InlineData("HelloVm", "--gdb x", "--gdb takes a port from 1 to 65535, not 'x'. See --help.")]
    [InlineData("HelloVm", "--gdb 65536", "--gdb takes a port from 1 to 65535, not '65536'. See --help.")]
    [InlineData("Arm64Hello", "a", "Unrecognized command or argument 'a'. See --help.")]
    [InlineData("Arm64Hello", "--kvm", "Required argument missing for option: '--kvm'. See --help.")]
    [InlineData("MiniMachine", "--cpus 9", "--cpus takes a number from 1 to 8, not '9'. See --help.")]
    [InlineData("MiniMachine", "--device disk",
        "There is no device 'disk'; there are timer and keyboard. See --help.")]
    [InlineData("TwoVcpus", "--rounds 0", "--rounds takes a number from 1 to 65535, not '0'. See --help.")]
    [InlineData("SnapshotFork", "--forks x",
        "--forks takes a number from 1 to 1000000, not 'x'. See --help.")]
    [InlineData("Arm64Linux", "--initrd a",
        "There is nothing to boot; name a kernel with --kernel or a snapshot with --restore. See --help.")]
    [InlineData("Arm64Linux", "--kernel a --restore b",
        "--kernel and --restore exclude each other: one of them begins. See --help.")]
    [InlineData("Arm64Linux", "--kernel a --serial stdio --console stdio",
        "--serial and --console cannot both go to stdio; give one of them another place. See --help.")]
    [InlineData("Arm64Linux", "--kernel a --cpus 0",
        "--cpus takes a number from 1 to 123, not '0'. See --help.")]
    [InlineData("Arm64Linux", "--kernel a --memory 3",
        "--memory takes a number of MiB, or one with K, M, G or T behind it, a multiple of 2M, up to 256G, not '3'. "
            + "See --help.")]
    [InlineData("HelloPort", "a b", "Unrecognized command or argument 'b'. See --help.")]
    public async Task CommandLine_wrong_isOneSentence(string example, string arguments, string sentence) =>
        Assert.Equal(
            new Outcome(2, "", $"{example}: {sentence}\n"),
            await ExampleProcess.Run(example, arguments.Split(' ')));

    [Theory]
    [InlineData("CounterVm", 0x10000)]
    [InlineData("HelloPort", 0x1000)]
    public async Task Image_wrong_isOneSentence(string example, int limit)
    {
        string missing = Path.Combine(folder, "missing.bin");
        string empty = Path.Combine(folder, "empty.bin");
        string large = Path.Combine(folder, "large.bin");
        await File.WriteAllBytesAsync(empty, []);
        await File.WriteAllBytesAsync(large, new byte[limit + 1]);
        const string Remedy = "name a file with a raw 16-bit image";

        await Fails(missing, $"the image {missing} cannot be read, there is no such file; {Remedy}");
        await Fails(folder, $"the image {folder} cannot be read, it is a directory; {Remedy}");
        await Fails(empty, $"the image {empty} is empty; {Remedy}");
        await Fails(large, $"the image {large} is larger than the guest's memory of {limit:#,0} bytes; "
            + "name a smaller one");

        async Task Fails(string image, string sentence) => Assert.Equal(
            new Outcome(2, "", $"{example}: {sentence}\n"),
            await ExampleProcess.Run(example, image, "--kvm", NoDevice));
    }

    [Theory]
    [InlineData("HelloVm")]
    [InlineData("CounterVm")]
    [InlineData("HelloPort")]
    [InlineData("Arm64Hello")]
    [InlineData("MiniMachine")]
    [InlineData("TwoVcpus")]
    [InlineData("SnapshotFork")]
    [InlineData("Arm64Linux")]
    public async Task Help_any_describesTheOptions(string example)
    {
        Outcome outcome = await ExampleProcess.Run(example, "--help");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Contains("--kvm <path>", outcome.Output, StringComparison.Ordinal);
    }
}
