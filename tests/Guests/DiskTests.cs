namespace KvmInterop.Tests.Guests;

/// <summary>A file system on a virtio disk, which the guest writes and the host checks.</summary>
public sealed class DiskTests : IDisposable
{
    private const int IsMended = 1;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-disk-").FullName;

    private string Image => Path.Combine(folder, "disk");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void FileSystem_writtenByAGuest_isSoundAndReadByAnother()
    {
        Scenario scenario = new("disk: written, fsck, read again");
        scenario.Run(() =>
        {
            Host.MakeFileSystem(Image);
            string sum = Write(scenario, Image);

            Assert.Equal(0, Host.Check(Image));
            Assert.Equal(sum, Host.SumOf(Image, "/data"));

            using VmProcess reader = LinuxVm.Boot("read_disk", "--disk", $"{Image},ro");
            reader.WaitFor("data: OK\nguest: disk read\n", LinuxVm.Patience);
            Assert.Equal(0, reader.WaitForExit(LinuxVm.Patience));
            scenario.Note(ExitTable.Tell(reader));
        });
    }

    [SkippableFact]
    public void FileSystem_ofAMachineThatWasKilled_hasWhatWasFlushed()
    {
        Scenario scenario = new("disk: flushed, machine killed, fsck");
        scenario.Run(() =>
        {
            Host.MakeFileSystem(Image);
            using VmProcess vm = LinuxVm.Boot("write_disk and-stay", "--disk", Image);
            vm.WaitFor("guest: flushed ", LinuxVm.Patience);
            string sum = vm.ReadLine(LinuxVm.Patience);
            vm.Signal("KILL");
            vm.WaitForExit(LinuxVm.Patience);

            Assert.InRange(Host.Check(Image, isToBeMended: true), 0, IsMended);
            Assert.Equal(0, Host.Check(Image));
            Assert.Equal(sum, Host.SumOf(Image, "/data"));
        });
    }

    [SkippableFact]
    public void Overlay_writtenByAGuest_leavesTheFileAsItWas()
    {
        Scenario scenario = new("disk: overlay");
        scenario.Run(() =>
        {
            Host.MakeFileSystem(Image);
            string before = Host.SumOf(Image);
            string changes = Path.Combine(folder, "changes");
            File.Delete(changes);

            Write(scenario, $"{Image},overlay={changes}");

            Assert.Equal(before, Host.SumOf(Image));
            using VmProcess reader = LinuxVm.Boot("read_disk", "--disk", $"{Image},overlay={changes}");
            reader.WaitFor("data: OK\nguest: disk read\n", LinuxVm.Patience);
            Assert.Equal(0, reader.WaitForExit(LinuxVm.Patience));
        });
    }

    private static string Write(Scenario scenario, string disk)
    {
        using VmProcess writer = LinuxVm.Boot("write_disk", "--disk", disk);
        writer.WaitFor("guest: flushed ", LinuxVm.Patience);
        string sum = writer.ReadLine(LinuxVm.Patience);
        writer.WaitFor("guest: disk written\n", LinuxVm.Patience);
        Assert.Equal(0, writer.WaitForExit(LinuxVm.Patience));
        scenario.Note(ExitTable.Tell(writer));
        return sum;
    }
}
