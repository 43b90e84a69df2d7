using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Machine.Virtio.Native;

/// <summary><c>struct ifreq</c> of <c>netdevice(7)</c>, with its flags.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InterfaceRequest
{
    internal NameBytes Name;
    internal short Flags;
    private RestBytes rest;

    /// <summary>IFNAMSIZ.</summary>
    [InlineArray(16)]
    internal struct NameBytes
    {
        private byte first;
    }

    // The union's largest member, struct ifmap, has 24 bytes.
    [InlineArray(22)]
    private struct RestBytes
    {
        private byte first;
    }
}
