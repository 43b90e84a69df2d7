using System.Text;
using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Guests.Devices;

/// <summary>A virtio console on a terminal whose size changes, and two ports beside it.</summary>
public sealed partial class ConsoleTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-console-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Console_onATerminal_followsItsSizeBesideTwoPorts()
    {
        Scenario scenario = new("console: hvc0, its size, two ports");
        scenario.Run(() =>
        {
            string copy = Path.Combine(folder, Path.GetRandomFileName());
            string errors = Path.Combine(folder, Path.GetRandomFileName());
            using VmProcess vm = GuestProgram.BootOnATerminal(
                errors, "terminal", "--console", "stdio", "--port", "first,pty", "--port", $"second,file={copy}");
            vm.WaitFor("terminal at ", GuestProgram.Patience);
            string terminal = vm.ReadLine(GuestProgram.Patience);
            string path = PathIn(errors);
            Talk(path, "hello");
            Talk(path, "hello again");
            vm.WaitFor("guest: sent ", GuestProgram.Patience);
            string sum = vm.ReadLine(GuestProgram.Patience);
            vm.WaitFor("# ", GuestProgram.Patience);

            AwaitSize(vm, "24 80");
            Assert.Equal(0, Host.SetSize(terminal, 50, 132));
            AwaitSize(vm, "50 132");
            vm.Type("poweroff -f");

            Assert.Equal(0, vm.WaitForExit(GuestProgram.Patience));
            Assert.Equal(sum, Host.SumOf(copy));
            scenario.Note(ExitTable.Tell(File.ReadAllText(errors)));
        });
    }

    // Where the program says that the first port is.
    private static string PathIn(string errors)
    {
        Match match = Match.Empty;
        bool came = SpinWait.SpinUntil(
            () =>
            {
                Thread.Sleep(50);
                match = PortPath().Match(File.Exists(errors) ? File.ReadAllText(errors) : "");
                return match.Success;
            },
            GuestProgram.Patience);
        return came ? match.Groups[1].Value : throw new StalledException("the port has no path");
    }

    [GeneratedRegex(": first is at (.*)\n")]
    private static partial Regex PortPath();

    // As a program that opens a terminal like any file, and leaves it.
    private static void Talk(string path, string line)
    {
        using FileStream port = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        port.Write(Encoding.ASCII.GetBytes(line + "\n"));
        StringBuilder answer = new();
        Task reading = Task.Run(() =>
        {
            while (port.ReadByte() is >= 0 and var next && next != '\n')
            {
                answer.Append((char)next);
            }
        });
        if (!reading.Wait(GuestProgram.Patience))
        {
            throw new StalledException($"the port answers '{answer}'");
        }

        Assert.Equal($"{line}, says the guest", answer.ToString());
    }

    // The guest gets to know of it after the host.
    private static void AwaitSize(VmProcess vm, string size)
    {
        bool came = SpinWait.SpinUntil(
            () =>
            {
                vm.Type("echo \"size $(stty size)\"");
                vm.WaitFor("\nsize ", GuestProgram.Patience);
                string said = vm.ReadLine(GuestProgram.Patience);
                vm.WaitFor("# ", GuestProgram.Patience);
                return said == size;
            },
            GuestProgram.Patience);
        Assert.True(came, $"not {size}:\n{vm}");
    }
}
