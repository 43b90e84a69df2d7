using System.Globalization;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Examples;

/// <summary>The examples on the real KVM.</summary>
public sealed class ExampleTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task HelloVm_run_printsFourAndHalts()
    {
        Requires.Kvm();

        Assert.Equal(new Outcome(0, "4\n", ""), await ExampleProcess.Run("HelloVm"));
    }

    [SkippableFact]
    public async Task HelloPort_run_printsHelloAndTheExit()
    {
        Requires.Kvm();

        Assert.Equal(new Outcome(0, "Hello\nKVM_EXIT_HLT\n", ""), await ExampleProcess.Run("HelloPort"));
    }

    [SkippableFact]
    public async Task HelloPort_image_runsIt()
    {
        Requires.Kvm();
        byte[] image = [0xb0, (byte)'x', 0xe6, 0xf1, 0xf4]; // mov al,'x'; out 0xf1,al; hlt

        Assert.Equal(
            new Outcome(0, "xKVM_EXIT_HLT\n", ""),
            await ExampleProcess.Run("HelloPort", File("x.bin", image)));
    }

    [SkippableFact]
    public async Task HelloPort_guestThatKvmCannotGoOnWith_saysWhy()
    {
        Requires.Kvm();
        byte[] image = [0xea, 0, 0, 0, 0x50]; // jmp 0x5000:0, where there is no memory

        Outcome outcome = await ExampleProcess.Run("HelloPort", File("lost.bin", image));

        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith(
            "HelloPort: other error: KVM could not go on: it could not emulate an instruction",
            outcome.Errors,
            StringComparison.Ordinal);

        // Then the report: all registers, and the instruction that cannot be had.
        Assert.Contains(
            "(KVM_EXIT_INTERNAL_ERROR, suberror 1)\nvCPU 0\nrax ", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("cs  5000 base 0000000000050000 ", outcome.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task CounterVm_count_stopsAfterIt()
    {
        Requires.Kvm();
        string expected = string.Concat(Enumerable.Range(0, 20).Select(i => $"IO port: 10, data: {i:x}\n"));

        Assert.Equal(new Outcome(0, expected, ""), await ExampleProcess.Run("CounterVm", "--count", "20"));
    }

    [SkippableFact]
    public async Task CounterVm_image_runsItInsteadOfTheBuiltIn()
    {
        Requires.Kvm();
        byte[] image = [0xb0, 0x2a, 0xe6, 0x77, 0xf4]; // mov al,0x2a; out 0x77,al; hlt

        Assert.Equal(
            new Outcome(0, "IO port: 77, data: 2a\n", ""),
            await ExampleProcess.Run("CounterVm", File("other.bin", image)));
    }

    [SkippableFact]
    public async Task CounterVm_imageOf64KiB_isTheWholeMemory()
    {
        Requires.Kvm();
        byte[] image = new byte[0x10000];
        byte[] code = [0x2e, 0xa0, 0xff, 0xff, 0xe6, 0x10, 0xf4]; // mov al,cs:[0xffff]; out 0x10,al; hlt
        code.CopyTo(image, 0);
        image[^1] = 0x5a;

        Assert.Equal(
            new Outcome(0, "IO port: 10, data: 5a\n", ""),
            await ExampleProcess.Run("CounterVm", File("full.bin", image)));
    }

    [SkippableTheory]
    [InlineData("HelloVm", "4\n", "'serial port' at 0x3f8-0x3ff")]
    [InlineData("HelloPort", "Hello\nKVM_EXIT_HLT\n", "'characters' at 0xf1-0xf1")]
    public async Task Stats_withoutATerminal_areOneTableAtTheEnd(string example, string output, string device)
    {
        Requires.Kvm();

        Outcome outcome = await ExampleProcess.Run(example, "--stats");

        Assert.Equal((0, output), (outcome.ExitCode, outcome.Output));
        Assert.Matches(@"exit +KVM_EXIT_HLT +1 ", outcome.Errors);
        Assert.Contains(device, outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', outcome.Errors);
    }

    [SkippableTheory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task CounterVm_interrupted_endsInOrder(PosixSignal signal)
    {
        Requires.Kvm();
        using ExampleProcess process = ExampleProcess.Start("CounterVm");
        string? first = await process.Output.ReadLineAsync();

        process.Send(signal);
        Outcome outcome = await process.Finish();

        Assert.Equal("IO port: 10, data: 0", first);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));

        // All lines are whole and none is missing.
        string[] lines = outcome.Output.Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.All(lines[..^1].Index(), line => Assert.Equal(
            "IO port: 10, data: " + ((line.Index + 1) & 0xffff).ToString("x", CultureInfo.InvariantCulture),
            line.Item));
    }

    [SkippableFact]
    public async Task CounterVm_interruptedInALoopWithoutExits_endsInOrder()
    {
        Requires.Kvm();
        byte[] image = [0xe6, 0x01, 0xeb, 0xfe]; // out 0x01,al; jmp to itself
        using ExampleProcess process = ExampleProcess.Start("CounterVm", File("spin.bin", image));
        await process.Output.ReadLineAsync();

        process.Send(PosixSignal.SIGINT);

        Assert.Equal(new Outcome(0, "", ""), await process.Finish());
    }

    [SkippableFact]
    public async Task CounterVm_readerGone_ends()
    {
        Requires.Kvm();
        using ExampleProcess process = ExampleProcess.Start("CounterVm");
        await process.Output.ReadLineAsync();

        process.Output.BaseStream.Dispose();
        (int code, string errors) = await process.FinishWithoutOutput();

        Assert.Equal((1, "CounterVm: nobody reads the output any more\n"), (code, errors));
    }

    private string File(string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }
}
