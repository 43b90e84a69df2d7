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
        .Count(
            target => target == "/dev/kvm" || target.StartsWith("anon_inode:kvm-", StringComparison.Ordinal));

    /// <summary>Open files that wait or count: eventfds, timers, epoll instances.</summary>
    public static int EventFiles() => Directory.EnumerateFiles("/proc/self/fd")
        .Select(fd => new FileInfo(fd).LinkTarget ?? "")
        .Count(target => target.StartsWith("anon_inode:[event", StringComparison.Ordinal)
            || target.StartsWith("anon_inode:[timer", StringComparison.Ordinal));

    /// <summary>
    /// Bytes of address space. Guest memory of many GiB shows in it; what .NET maps meanwhile does not.
    /// </summary>
    /// <remarks>Mappings cannot be counted: the kernel makes one of two that touch.</remarks>
    public static ulong AddressSpace() =>
        ulong.Parse(
            File.ReadAllText("/proc/self/statm").Split(' ')[0], null) * (ulong)Environment.SystemPageSize;
}
