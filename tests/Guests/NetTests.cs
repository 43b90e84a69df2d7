namespace KvmInterop.Tests.Guests;

/// <summary>Two guests on one cable.</summary>
public sealed class NetTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-net-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Guests_onOneCable_pingAndCopyAFile()
    {
        Scenario scenario = new("net: two guests, ping and a file");
        scenario.Run(() =>
        {
            string cable = $"socket={Path.Combine(folder, Path.GetRandomFileName())}";
            using VmProcess receiver = LinuxVm.Boot("serve", "--net", cable);
            receiver.WaitFor("guest: serves\n", LinuxVm.Patience);
            using VmProcess sender = LinuxVm.Boot("send", "--net", cable);
            sender.WaitFor("guest: pings\n", LinuxVm.Patience);
            sender.WaitFor("guest: sends ", LinuxVm.Patience);
            string sum = sender.ReadLine(LinuxVm.Patience);
            receiver.WaitFor("guest: got ", LinuxVm.Patience);

            Assert.Equal(sum, receiver.ReadLine(LinuxVm.Patience));
            Assert.Equal(0, sender.WaitForExit(LinuxVm.Patience));
            Assert.Equal(0, receiver.WaitForExit(LinuxVm.Patience));
            scenario.Note(ExitTable.Tell(receiver));
            scenario.Note(ExitTable.Tell(sender));
        });
    }
}
