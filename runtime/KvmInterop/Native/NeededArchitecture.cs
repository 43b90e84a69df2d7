using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// Refuses an architecture's calls on another one, where the kernel's error would say little.
/// </summary>
internal static class NeededArchitecture
{
    /// <summary>Costs nothing on the right one: the just-in-time compiler knows the outcome.</summary>
    internal static void Check(KvmArchitecture wanted, string what)
    {
        if ((KvmHost.Architecture & wanted) == KvmArchitecture.None)
        {
            throw new PlatformNotSupportedException(
                $"{what} with this record is {wanted}'s, and this process is "
                + $"{RuntimeInformation.ProcessArchitecture}'s; "
                + "check RuntimeInformation.ProcessArchitecture before the call");
        }
    }
}
