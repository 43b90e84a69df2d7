using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Examples.LinuxVm;

/// <summary>LinuxVm as a user runs it, with guests of a few instructions.</summary>
public sealed class LinuxVmTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData(0x600, 0x34, 0, "the guest switched the machine off (ACPI sleep control)")]
    [InlineData(0x600, 0x01, 3, "the guest reset the machine (ACPI reset register)")]
    [InlineData(0xcf9, 0x06, 3, "the guest reset the machine (port 0xcf9)")]
    [InlineData(0x64, 0xfe, 3, "the guest reset the machine (i8042)")]
    public async Task End_byADevice_hasASentenceAndACode(int port, byte value, int code, string sentence)
    {
        Outcome outcome = await Run([.. RawGuest.Print("hi"), .. RawGuest.Out(port, value), .. RawGuest.Spin]);

        Assert.Equal(new Outcome(code, "hi", $"LinuxVm: {sentence}\n"), outcome);
    }

    [SkippableFact]
    public async Task End_byAPanic_saysWhatTheKernelSaid()
    {
        string text = "[    1.0] Kernel panic - not syncing: No working init found.\n";

        Outcome outcome = await Run([.. RawGuest.Print(text), .. RawGuest.Out(0xcf9, 6), .. RawGuest.Spin]);

        Assert.Equal(
            new Outcome(4, text, "LinuxVm: the guest's kernel panicked: No working init found.\n"), outcome);
    }

    [SkippableFact]
    public async Task End_byATripleFault_hasAReport()
    {
        Requires.Kvm();

        // Without an interrupt table, an exception in protected mode is one.
        Outcome outcome = await ExampleProcess.Run(
            "LinuxVm", "--kernel", Image(RawGuest.Multiboot([0x0f, 0x0b]))); // ud2

        Assert.Equal((5, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains("ud2", outcome.Errors, StringComparison.Ordinal);
        Assert.EndsWith(
            "LinuxVm: vCPU 0 had a triple fault: the guest crashed, or reset the machine that way\n",
            outcome.Errors, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task Signal_endsInOrder(PosixSignal signal)
    {
        Requires.Kvm();
        using ExampleProcess process = ExampleProcess.Start(
            "LinuxVm", "--raw", "0", "--kernel", Image([.. RawGuest.Print("up\n"), .. RawGuest.Spin]));
        Assert.Equal("up", await process.Output.ReadLineAsync());

        process.Send(signal);

        Assert.Equal(new Outcome(0, "", "LinuxVm: the machine was stopped\n"), await process.Finish());
    }

    [SkippableFact]
    public async Task SerialFile_hasWhatTheGuestSent()
    {
        string log = Path.Combine(folder, "log");

        Outcome outcome = await Run(
            [.. RawGuest.Print("to the file"), .. RawGuest.Out(0x600, 0x34), .. RawGuest.Spin],
            "--serial", $"file={log}");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Output));
        Assert.Equal("to the file", File.ReadAllText(log));
    }

    [SkippableFact]
    public async Task SerialPty_openedOnceMore_passesKeysAsTheyAre()
    {
        Requires.Kvm();
        using ExampleProcess process = ExampleProcess.Start(
            "LinuxVm", "--serial", "pty", "--raw", "0", "--kernel", Image(RawGuest.Echo()));
        string line = (await process.ReadErrorLineAsync())!;
        Assert.StartsWith("LinuxVm: COM1 is at /dev/", line, StringComparison.Ordinal);
        foreach (char key in "an")
        {
            // A terminal in its first mode would wait for the end of a line, and answer the guest itself.
            using FileStream terminal = new(
                line[line.IndexOf('/')..], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            terminal.WriteByte((byte)key);
            Assert.Equal(key + 1, await Task.Run(terminal.ReadByte).WaitAsync(TimeSpan.FromMinutes(2)));
        }

        using (FileStream terminal = new(line[line.IndexOf('/')..], FileMode.Open, FileAccess.Write))
        {
            terminal.WriteByte((byte)'q');
        }

        Assert.Equal(
            new Outcome(0, "", "LinuxVm: the guest switched the machine off (ACPI sleep control)\n"),
            await process.Finish());
    }

    [SkippableFact]
    public async Task DebugExit_endsByTheGuestsStatus()
    {
        Outcome outcome = await Run([.. RawGuest.Out(0xf4, 3), .. RawGuest.Spin], "--debug-exit");

        Assert.Equal(new Outcome(7, "", ""), outcome);
    }

    [SkippableFact]
    public async Task Check_ofThisHost_isATable()
    {
        Requires.Kvm();

        Outcome outcome = await ExampleProcess.Run("LinuxVm", "--check");

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Matches(@"KVM_CAP_IRQCHIP +yes ", outcome.Output);
        Assert.EndsWith("This host can run the machine as asked for.\n", outcome.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Check_ofWhatCannotBe_saysWhat()
    {
        Requires.Kvm();

        Outcome outcome = await ExampleProcess.Run(
            "LinuxVm", "--check", "--kernel", Image([.. "\u007fELF"u8, 9, .. new byte[60]]));

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("EI_CLASS is 9", outcome.Errors, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("mmio", 13)]
    [InlineData("pci", 31)]
    public async Task Devices_moreThanABusHas_areRefusedAndSaidBefore(string bus, int most)
    {
        Requires.Kvm();
        IEnumerable<string> disks = Enumerable.Range(0, most).SelectMany(i => (string[])["--disk", $"{i}"]);

        Outcome enough = await ExampleProcess.Run("LinuxVm", ["--check", "--virtio", bus, .. disks]);
        Outcome tooMany = await ExampleProcess.Run("LinuxVm", ["--check", "--virtio", bus, "--rng", .. disks]);
        Outcome refused = await ExampleProcess.Run(
            "LinuxVm", ["--kernel", "/bin/true", "--virtio", bus, "--rng", .. disks]);

        Assert.Equal((0, ""), (enough.ExitCode, enough.Errors));
        string sentence =
            $"LinuxVm: {most + 1} virtio devices are asked for, and a machine has at most {most} on {bus}\n";
        Assert.Equal((1, sentence), (tooMany.ExitCode, tooMany.Errors));
        Assert.Equal(new Outcome(2, "", sentence), refused);
    }

    [SkippableTheory]
    [InlineData("There is nothing to boot")]
    [InlineData("exclude each other", "--kernel", "a", "--firmware", "b")]
    [InlineData("--cpus takes a number from 1 to 64, not '65'", "--kernel", "a", "--cpus", "65")]
    [InlineData("--memory takes a number of MiB", "--kernel", "a", "--memory", "16X")]
    [InlineData("--memory takes a number of MiB", "--kernel", "a", "--memory", "99999999T")]
    [InlineData("--serial takes", "--kernel", "/dev/null", "--serial", "com")]
    [InlineData("the kernel /no/such cannot be read: there is no such file", "--kernel", "/no/such")]
    [InlineData("the firmware /no/such cannot be read", "--firmware", "/no/such")]
    [InlineData("neither a bzImage nor an ELF file", "--kernel", "/etc/hostname")]
    [InlineData("the initrd /no/such cannot be read", "--kernel", "/bin/true", "--initrd", "/no/such")]
    [InlineData("--raw takes a multiple of 16", "--kernel", "a", "--raw", "0x7c01")]
    [InlineData("--disk /no/such:", "--kernel", "/bin/true", "--disk", "/no/such")]
    [InlineData("--disk knows ro, overlay, and not 'rw'", "--kernel", "/bin/true", "--disk", "/no/such,rw")]
    [InlineData("it takes tap=NAME or socket=PATH", "--kernel", "/bin/true", "--net", "eth0")]
    [InlineData("--share /no/such:", "--kernel", "/bin/true", "--share", "/no/such")]
    [InlineData("cid is a number", "--kernel", "/bin/true", "--vsock", "/tmp/x,cid=q")]
    [InlineData("--virtio takes pci or mmio, not 'usb'", "--kernel", "a", "--virtio", "usb")]
    [InlineData("firmware finds devices on pci", "--firmware", "a", "--virtio", "mmio")]
    [InlineData("cannot both go to stdio", "--kernel", "a", "--serial", "stdio", "--console", "stdio")]
    [InlineData("--console takes", "--kernel", "/bin/true", "--console", "vga")]
    [InlineData("--balloon much: it begins with a number", "--kernel", "/bin/true", "--balloon", "much")]
    [InlineData("--balloon 0: no socket can be had", "--kernel", "/bin/true", "--balloon", "0,control=/no/such/x")]
    [InlineData("--port takes NAME,pty or NAME,file=PATH, not 'agent'", "--kernel", "/bin/true", "--port", "agent")]
    [InlineData("two of the name 'a'", "--kernel", "/bin/true", "--port", "a,file=/dev/null", "--port", "a,pty")]
    [InlineData("without blanks, not 'a b'", "--kernel", "/bin/true", "--port", "a b,file=/dev/null")]
    [InlineData("there is no snapshot /no/such", "--restore", "/no/such")]
    public async Task WrongInput_isOneSentence(string sentence, params string[] arguments)
    {
        Requires.Kvm();

        Outcome outcome = await ExampleProcess.Run("LinuxVm", arguments);

        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(sentence, outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Errors.Count(c => c == '\n'));
    }

    private async Task<Outcome> Run(byte[] code, params string[] arguments)
    {
        Requires.Kvm();
        return await ExampleProcess.Run("LinuxVm", ["--raw", "0", "--kernel", Image(code), .. arguments]);
    }

    private string Image(byte[] code)
    {
        string path = Path.Combine(folder, "image");
        File.WriteAllBytes(path, code);
        return path;
    }
}
