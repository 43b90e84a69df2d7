using System.Security.Cryptography;

namespace KvmInterop.Tests.Guests.Devices;

/// <summary>A folder of the host's in a guest whose kernel has 9P.</summary>
public sealed class ShareTests : IDisposable
{
    private const string Secret = "nobody in the folder may read this";

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-share-").FullName;

    private string Shared => Path.Combine(folder, "shared");

    private string Outside => Path.Combine(folder, "outside");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Folder_sharedWithAGuest_isReadAndWrittenAndNotLeft()
    {
        Scenario scenario = new("share: a folder by 9P");
        scenario.Run(() =>
        {
            MakeFolders();
            using VmProcess vm = LinuxVm.BootWith9P(
                "shared", "--share", Shared, "--share", $"{Shared},ro,tag=fixed");
            vm.WaitFor("guest: finds absolute cut empty from-host gone out \n", LinuxVm.Patience);
            vm.WaitFor($"guest: reads {Host.SumOf(InShared("from-host"))}\n", LinuxVm.Patience);
            vm.WaitFor("guest: writes ", LinuxVm.Patience);
            string written = vm.ReadLine(LinuxVm.Patience);
            vm.WaitFor($"guest: by link {written}\n", LinuxVm.Patience);
            vm.WaitFor($"guest: fixed {Host.SumOf(InShared("from-host"))}\n", LinuxVm.Patience);
            vm.WaitFor("guest: shared\n", LinuxVm.Patience);
            Assert.Equal(0, vm.WaitForExit(LinuxVm.Patience));
            scenario.Note(ExitTable.Tell(vm));

            Assert.Equal(
                ["absolute", "cut", "folder", "from-host", "hard", "link", "out"],
                Directory.GetFileSystemEntries(Shared).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal(written, Host.SumOf(InShared("folder/renamed")));
            Assert.Equal(written, Host.SumOf(InShared("hard")));
            Assert.Equal("folder/renamed", new FileInfo(InShared("link")).LinkTarget);
            Assert.Equal("0123456789more\n", File.ReadAllText(InShared("cut")));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
                File.GetUnixFileMode(InShared("folder/renamed")));

            Assert.DoesNotContain("out of the folder", vm.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("to fixed", vm.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("from fixed", vm.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, vm.Output, StringComparison.Ordinal);
            Assert.Equal(["secret"], Directory.GetFileSystemEntries(Outside).Select(Path.GetFileName));
            Assert.Equal(Secret, File.ReadAllText(Path.Combine(Outside, "secret")));
        });
    }

    private string InShared(string name) => Path.Combine(Shared, name);

    // Anew for each try.
    private void MakeFolders()
    {
        foreach (string each in (ReadOnlySpan<string>)[Shared, Outside])
        {
            if (Directory.Exists(each))
            {
                Directory.Delete(each, recursive: true);
            }
        }

        Directory.CreateDirectory(InShared("empty"));
        Directory.CreateDirectory(Outside);
        File.WriteAllText(Path.Combine(Outside, "secret"), Secret);
        File.WriteAllBytes(InShared("from-host"), RandomNumberGenerator.GetBytes(1 << 20));
        File.WriteAllText(InShared("gone"), "to be removed");
        File.WriteAllText(InShared("cut"), "0123456789 and the rest");
        File.CreateSymbolicLink(InShared("out"), "../outside");
        File.CreateSymbolicLink(InShared("absolute"), Outside);
    }
}
