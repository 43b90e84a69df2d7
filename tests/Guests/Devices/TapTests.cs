using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace KvmInterop.Tests.Guests.Devices;

/// <summary>A guest whose network card is an interface of the host.</summary>
/// <remarks>The host is the lab's machine, in which nobody else uses these names.</remarks>
public sealed class TapTests : IDisposable
{
    private const string Name = "lab0";
    private const string Device = "/dev/net/tun";
    private const UnixFileMode ForAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly List<(string Path, UnixFileMode Mode)> modes = [];

    public void Dispose() => modes.ForEach(each => File.SetUnixFileMode(each.Path, each.Mode));

    [SkippableFact]
    public void Guest_onATap_reachesTheHost()
    {
        Scenario scenario = new("net: a TAP interface, ping and files");
        scenario.Run(() =>
        {
            RequireLab();
            Run("tunctl", "-d", Name); // Of a try before.
            Assert.Equal(0, Run("tunctl", "-t", Name));
            Assert.Equal(0, Run("ip", "addr", "add", "10.1.0.1/24", "dev", Name));
            Assert.Equal(0, Run("ip", "link", "set", Name, "up"));
            byte[] file = RandomNumberGenerator.GetBytes(1 << 20);
            using TcpListener listener = new(IPAddress.Parse("10.1.0.1"), 7000);
            listener.Start();
            using VmProcess vm = LinuxVm.Boot("tap", "--net", $"tap={Name}");
            vm.WaitFor("guest: pings\n", LinuxVm.Patience);

            using (TcpClient client = Accept(listener))
            {
                using NetworkStream stream = client.GetStream();
                using MemoryStream got = new();
                stream.CopyTo(got);
                stream.Write(file);
                client.Client.Shutdown(SocketShutdown.Send);
                vm.WaitFor($"guest: sent {Sum(got.ToArray())} got {Sum(file)}\n", LinuxVm.Patience);
            }

            Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));
            Assert.Equal(0, Run("tunctl", "-d", Name));
            scenario.Note(ExitTable.Tell(vm));
        });
    }

    [SkippableFact]
    public void Tap_thatCannotBeHad_isOneSentence()
    {
        Scenario scenario = new("net: a TAP interface that cannot be had");
        scenario.Run(() =>
        {
            RequireLab();
            SetMode("/dev/kvm", ForAll);
            SetMode(Device, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Fails(
                "tap=lab1",
                $"LinuxVm: --net tap=lab1: {Device} cannot be opened (Permission denied); load the module tun, and "
                + "become a user who may open it\n");
            SetMode(Device, ForAll);
            Fails(
                "tap=lab1",
                "LinuxVm: --net tap=lab1: the TAP interface lab1 cannot be had (Operation not permitted); make it "
                + "beforehand for this user (ip tuntap add mode tap user NAME), or run with CAP_NET_ADMIN; each "
                + "can be open once\n");
            Fails(
                "tap=a-name-of-sixteen",
                "LinuxVm: --net tap=a-name-of-sixteen: the name of a network interface is 1 to 15 characters, not "
                + "'a-name-of-sixteen'\n");
        });
    }

    // As a user who may do nothing of it.
    private static void Fails(string cable, string sentence)
    {
        using VmProcess vm = LinuxVm.BootAs("nobody", "off", "--net", cable);
        int code = vm.WaitForExit(LinuxVm.Patience);
        Assert.Equal(sentence, vm.Errors);
        Assert.Equal("", vm.Output);
        Assert.Equal(2, code);
    }

    private static void RequireLab() => Skip.IfNot(
        File.Exists(Device) && Environment.GetEnvironmentVariable("KVMINTEROP_LAB") is not null,
        "makes network interfaces, as root; only in the machine of ./build.sh lab");

    private static TcpClient Accept(TcpListener listener)
    {
        Task<TcpClient> accepting = listener.AcceptTcpClientAsync();
        if (!accepting.Wait(LinuxVm.Patience))
        {
            throw new StalledException("the guest does not connect");
        }

        accepting.Result.ReceiveTimeout = (int)LinuxVm.Patience.TotalMilliseconds;
        return accepting.Result;
    }

    private void SetMode(string path, UnixFileMode mode)
    {
        modes.Insert(0, (path, File.GetUnixFileMode(path)));
        File.SetUnixFileMode(path, mode);
    }

    private static int Run(string tool, params string[] arguments)
    {
        using Process process = Process.Start(tool, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    private static string Sum(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));
}
