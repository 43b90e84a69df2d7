using System.Runtime.InteropServices;

namespace KvmInterop;

/// <summary>
/// The bytes of an access as a number. KVM gives and takes them as a load or store of that width by the host
/// would see them in memory (api.rst, kvm_run.mmio), so the order is the host's.
/// </summary>
internal static class GuestValue
{
    /// <param name="data">Up to 8 bytes; of more, the first 8.</param>
    internal static ulong Of(ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        int length = Math.Min(data.Length, sizeof(ulong));
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<ulong>(ref value));
        data[..length].CopyTo(BitConverter.IsLittleEndian ? bytes : bytes[^length..]);
        return value;
    }
}
