using KvmInterop.Native;
using static KvmInterop.Native.Errno;

namespace KvmInterop;

/// <summary>
/// What an error means where the kernel's document or its source gives one cause, and what to do.
/// </summary>
/// <remarks>
/// Documentation/virt/kvm/api.rst names the errors of each ioctl; a pair that is missing here has none.
/// </remarks>
internal static partial class KvmRemedies
{
    private const string IoctlPrefix = "KVM_";

    /// <summary>
    /// A clause that continues the error's sentence, without a full stop; null where there is none.
    /// </summary>
    /// <param name="operation">The ioctl's macro, or another system call.</param>
    /// <param name="errno">The error number.</param>
    /// <param name="detail">What it was about; of <c>open</c> the path.</param>
    internal static string? For(string operation, int errno, string? detail = null)
    {
        if (operation == "open")
        {
            return ForOpen(errno, detail) ?? ForAny(errno);
        }

        foreach (var row in Rows)
        {
            if (row.Operation == operation && row.Errno == errno)
            {
                return row.Remedy;
            }
        }

        return operation.StartsWith(IoctlPrefix, StringComparison.Ordinal)
            ? ForAnyIoctl(operation, errno) ?? ForAny(errno)
            : ForAny(errno);
    }

    private static string? ForAnyIoctl(string operation, int errno) => errno switch
    {
        ENOTTY when KvmNames.CapabilitiesOf(operation) is string capabilities =>
            "this kernel's KVM, or this file, does not have the ioctl; ask CheckExtension for "
            + $"{capabilities} before using it",
        ENOTTY => "this kernel's KVM, or this file, does not have the ioctl; run a newer kernel",
        EIO => "the VM is dead, or belongs to another process (a fork keeps no VM)",
        ENOMEM => "the kernel has no memory for it",
        _ => null,
    };

    private static string? ForAny(int errno) => errno switch
    {
        EMFILE => "this process has all the open files it may have; raise its limit (ulimit -n)",
        ENFILE => "the system has all the open files it may have",
        _ => null,
    };
}
