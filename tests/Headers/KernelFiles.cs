using System.Runtime.InteropServices;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Headers;

/// <summary>A file of each kind that KVM has, fresh, and calls on them by the names of ioctls.</summary>
internal sealed partial class KernelFiles : IDisposable
{
    // Of Linux on x86-64: asm-generic/errno-base.h, asm-generic/mman-common.h, asm-generic/fcntl.h.
    public const int BadAddress = 14;

    private const int ProtectionRead = 1;
    private const int ProtectionWrite = 2;
    private const int MapPrivateAnonymous = 0x22;
    private const int OpenReadWriteCloseOnExec = 0x80002;
    private const int PageBytes = 1 << 16;

    private static readonly Dictionary<string, uint> Requests = ModelReader
        .Read(File.ReadAllText(Repository.PathOf("headers/models/7.3/x64.api.json"))).Document!.Ioctls
        .ToDictionary(i => i.Name, i => i.Value);

    private readonly Dictionary<string, int> files = [];

    public KernelFiles()
    {
        files["system"] = open("/dev/kvm", OpenReadWriteCloseOnExec);
        files["vm"] = Call("system", "KVM_CREATE_VM", 0);
    }

    public static bool Has(string ioctl) => Requests.ContainsKey(ioctl);

    /// <summary>Zeros, which may be read and, if so asked, written.</summary>
    public static nint NewPage(bool isWritable)
    {
        int protection = isWritable ? ProtectionRead | ProtectionWrite : ProtectionRead;
        return mmap(0, PageBytes, protection, MapPrivateAnonymous, -1, 0);
    }

    public static void FreePage(nint page) => munmap(page, PageBytes);

    /// <summary>The result, or the negative error number.</summary>
    public int Call(string kind, string ioctl, nint argument)
    {
        if (kind == "vcpu" && !files.ContainsKey(kind))
            files[kind] = Call("vm", "KVM_CREATE_VCPU", 0);
        int result = Control(files[kind], Requests[ioctl], argument);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    public void Dispose()
    {
        foreach (int file in files.Values)
            close(file);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int file, nuint request, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(
        nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);
}
