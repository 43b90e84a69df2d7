using System.Globalization;
using System.Net.Sockets;

namespace KvmInterop.Tests.Runtime;

/// <summary>What this process has mapped and open, as the kernel says.</summary>
internal static class Mappings
{
    private static readonly Lazy<bool> SocketsEpoll = new(WaitForASocket);

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
    /// <remarks>
    /// Two things that are no test's own would change the number between two calls, and are over before the
    /// first: what earlier tests left to the garbage collector, and .NET's own epoll, which it makes at the
    /// first wait for a socket (the test host may come to that at any time) and keeps.
    /// </remarks>
    public static int EventFiles()
    {
        _ = SocketsEpoll.Value;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.EnumerateFiles("/proc/self/fd")
            .Select(fd => new FileInfo(fd).LinkTarget ?? "")
            .Count(target => target.StartsWith("anon_inode:[event", StringComparison.Ordinal)
                || target.StartsWith("anon_inode:[timer", StringComparison.Ordinal));
    }

    /// <summary>
    /// Bytes of address space. Guest memory of many GiB shows in it; what .NET maps meanwhile does not.
    /// </summary>
    /// <remarks>Mappings cannot be counted: the kernel makes one of two that touch.</remarks>
    public static ulong AddressSpace() =>
        ulong.Parse(
            File.ReadAllText("/proc/self/statm").Split(' ')[0], null) * (ulong)Environment.SystemPageSize;

    /// <summary>Where a region's first byte is in this process.</summary>
    public static ulong AddressOf(GuestMemoryRegion region)
    {
        // SAFETY: only the address is taken; the caller's memory holds the mapping.
        unsafe
        {
            return (ulong)region.Mapping.Pointer;
        }
    }

    /// <summary>The access rights of what is mapped directly before and after a region.</summary>
    public static (string Before, string After) Around(GuestMemoryRegion region)
    {
        ulong first = AddressOf(region);
        return (At(first - 1), At(first + region.Size));

        static string At(ulong address) => File.ReadLines("/proc/self/maps")
            .Where(line => Contains(line, address))
            .Select(line => line.Split(' ')[1])
            .FirstOrDefault("nothing");
    }

    /// <summary>Bytes of a region that have pages in this process.</summary>
    public static ulong Resident(GuestMemoryRegion region) =>
        ulong.Parse(Detail(region, "Rss:").Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null) << 10;

    /// <summary>A region's flags as the kernel abbreviates them: <c>hg</c> for MADV_HUGEPAGE.</summary>
    public static string Flags(GuestMemoryRegion region) => Detail(region, "VmFlags:");

    /// <summary>The size of a region's pages: <c>4 kB</c>.</summary>
    public static string KernelPageSize(GuestMemoryRegion region) =>
        Detail(region, "KernelPageSize:").Split(':')[1].Trim();

    private static string Detail(GuestMemoryRegion region, string name)
    {
        ulong first = AddressOf(region);
        return File.ReadLines("/proc/self/smaps")
            .SkipWhile(line => !Contains(line, first))
            .First(line => line.StartsWith(name, StringComparison.Ordinal));
    }

    // "7f0000000000-7f0000001000 rw-p ..."
    private static bool Contains(string line, ulong address)
    {
        string[] range = line.Split(' ')[0].Split('-');
        return range.Length == 2
            && ulong.TryParse(range[0], NumberStyles.HexNumber, null, out ulong first)
            && ulong.TryParse(range[1], NumberStyles.HexNumber, null, out ulong end)
            && first <= address && address < end;
    }

    // A datagram that is sent before it is received would need no epoll.
    private static bool WaitForASocket()
    {
        string path = Path.GetTempFileName();
        File.Delete(path);
        using Socket receiver = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        receiver.Bind(new UnixDomainSocketEndPoint(path));
        Task<int> received = receiver.ReceiveAsync(new byte[1]);
        using Socket sender = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.SendTo(new byte[1], new UnixDomainSocketEndPoint(path));
        File.Delete(path);
        return received.GetAwaiter().GetResult() == 1;
    }
}
