using System.Globalization;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Errors;

public class KvmExceptionTests
{
    [Fact]
    public void Message_knownCause_namesAllAndTheRemedy()
    {
        KvmException e = new("KVM_CREATE_VCPU", 17, KvmFdKind.Vm, "id 3");

        Assert.Equal(
            "KVM_CREATE_VCPU (id 3) failed on the VM file with EEXIST, \"File exists\": "
            + "the VM has a vCPU with this id; give each vCPU its own",
            e.Message);
        Assert.Equal(
            ("KVM_CREATE_VCPU", 17, "EEXIST", KvmFdKind.Vm), (e.Operation, e.Errno, e.ErrnoName, e.FileKind));
    }

    [Fact]
    public void Message_unknownCause_endsWithTheError()
    {
        KvmException e = new("KVM_SET_REGS", 22, KvmFdKind.Vcpu);

        Assert.Equal("KVM_SET_REGS failed on the vCPU file with EINVAL, \"Invalid argument\"", e.Message);
        Assert.Null(e.Remedy);
    }

    [Fact]
    public void Message_noIoctl_namesNoFileKind()
    {
        KvmException e = new("open", 13, null, "/nonexistent/kvm");

        Assert.Equal(
            "open (/nonexistent/kvm) failed with EACCES, \"Permission denied\": this user may not use it; "
            + "join the group that owns it (sudo usermod -aG kvm $USER) and log in again",
            e.Message);
    }

    [SkippableTheory]
    [InlineData(true, false, "join the group that owns it (sudo usermod -aG {0} $USER)")]
    [InlineData(false, false, "nor may a group; give it to one (sudo chgrp kvm ")]
    [InlineData(true, true, "nor may a group; give it to one (sudo chgrp kvm ")] // Nobody should join root.
    public void NoPermission_device_namesTheGroupThatMay(bool groupMay, bool isRoots, string words)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can give a file to a group");
        Skip.IfNot(File.Exists("/etc/group"), "this system has no groups");
        string group = File.ReadLines("/etc/group").Select(line => line.Split(':'))
            .First(entry => (entry[2] == "0") == isRoots)[0];
        string path = Path.GetTempFileName();
        try
        {
            using (var chgrp = System.Diagnostics.Process.Start(Requires.Tool("chgrp"), [group, path]))
            {
                chgrp.WaitForExit();
            }

            File.SetUnixFileMode(path, groupMay ? (UnixFileMode)0b110_110_000 : (UnixFileMode)0b110_100_000);

            Assert.Contains(
                string.Format(CultureInfo.InvariantCulture, words, group),
                new KvmException("open", 13, null, path).Remedy, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("open", 2, "this system has no KVM device")]
    [InlineData("open", 19, "no KVM behind it")]
    [InlineData("open", 21, "is a directory")]
    [InlineData("KVM_CREATE_VM", 16, "another hypervisor")]
    [InlineData("KVM_SET_USER_MEMORY_REGION", 17, "overlaps")]
    [InlineData("KVM_GET_API_VERSION", 25, "not the KVM device")]
    [InlineData("KVM_SET_NESTED_STATE", 25, "does not have the ioctl")]
    [InlineData("KVM_CREATE_VM", 24, "ulimit -n")]
    [InlineData("KVM_RUN", 14, "mapping is gone")]
    [InlineData("KVM_GET_REGS", 5, "fork")]
    public void Remedy_knownPair_saysWhatToDo(string operation, int errno, string words) =>
        Assert.Contains(words, new KvmException(operation, errno).Remedy, StringComparison.Ordinal);

    [Fact]
    public void ThrowIfError_result_isGivenBack() =>
        Assert.Equal(7, KvmException.ThrowIfError(7, "KVM_CREATE_VM", KvmFdKind.System));

    [Fact]
    public void ThrowIfError_failedCall_carriesItsErrno()
    {
        KvmException e = Assert.Throws<KvmException>(
            () => KvmException.ThrowIfError(
                new KvmSystemFd(-1).GetApiVersion(), "KVM_GET_API_VERSION", KvmFdKind.System));

        Assert.Equal("EBADF", e.ErrnoName);
    }

    [SkippableFact]
    public void ErrnoNames_kernelHeaders_areTheSame()
    {
        string[] files = ["/usr/include/asm-generic/errno-base.h", "/usr/include/asm-generic/errno.h"];
        Skip.IfNot(files.All(File.Exists), "the system's errno headers are missing; install linux-libc-dev");

        var defined = files.SelectMany(File.ReadLines)
            .Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["#define", _, var number, ..] && char.IsAsciiDigit(number[0]))
            .ToDictionary(words => int.Parse(words[2], CultureInfo.InvariantCulture), words => words[1]);

        Assert.Equal(131, defined.Count);
        Assert.All(defined, pair => Assert.Equal(pair.Value, Errno.Name(pair.Key)));
        Assert.Equal("errno 41", Errno.Name(41));
        Assert.Equal("errno 134", Errno.Name(134));
        Assert.Equal("errno -1", Errno.Name(-1));
    }

    [Fact]
    public void ThrowIfError_detailOfASuccess_isNotMade()
    {
        int made = 0;
        string Detail() => $"{++made}";

        Assert.Equal(7, KvmException.ThrowIfError(7, "KVM_SET_REGS", KvmFdKind.Vcpu, $"vCPU {Detail()}"));
        Assert.Equal(0, made);
    }

    [Fact]
    public void ThrowIfError_detailOfAFailure_hasItAndTheErrorNumberFromBefore()
    {
        // What is formatted may call the system itself.
        static string Detail()
        {
            Marshal.SetLastPInvokeError(1);
            return "3";
        }

        Marshal.SetLastPInvokeError(22);
        KvmException e = Assert.Throws<KvmException>(() =>
            KvmException.ThrowIfError(-1, "KVM_SET_REGS", KvmFdKind.Vcpu, $"vCPU {Detail()}, 0x{10:x}"));

        Assert.Equal(
            "KVM_SET_REGS (vCPU 3, 0xa) failed on the vCPU file with EINVAL, \"Invalid argument\"", e.Message);
    }
}
