namespace KvmInterop.Tests.Runtime;

/// <summary>What this process has mapped and open, as the kernel says.</summary>
internal static class Mappings
{
    /// <summary>Mapped regions.</summary>
    public static int Count() => File.ReadLines("/proc/self/maps").Count();

    /// <summary>Mapped <c>kvm_run</c>s.</summary>
    public static int OfVcpus() => File.ReadLines("/proc/self/maps")
        .Count(line => line.Contains("anon_inode:kvm-vcpu", StringComparison.Ordinal));

    /// <summary>Open files of KVM: the device, VMs and vCPUs.</summary>
    public static int KvmFiles() => Directory.EnumerateFiles("/proc/self/fd")
        .Select(fd => new FileInfo(fd).LinkTarget ?? "")
        .Count(target => target.Contains("kvm", StringComparison.Ordinal) && !target.Contains(".dll", StringComparison.Ordinal));

    /// <summary>Mappings of exactly this size: guest memory, if the size is an unusual one.</summary>
    public static int OfSize(ulong size) => File.ReadLines("/proc/self/maps").Count(line =>
    {
        string[] ends = line.Split(' ', 2)[0].Split('-');
        return Convert.ToUInt64(ends[1], 16) - Convert.ToUInt64(ends[0], 16) == size;
    });
}
