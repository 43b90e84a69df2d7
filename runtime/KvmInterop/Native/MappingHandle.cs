using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// An anonymous mapping of this process that is guest RAM. Unmapped when the last of its users lets go: the
/// <see cref="GuestMemory"/> that made it, the VM whose memory slot points at it, leases of it.
/// </summary>
internal sealed unsafe class MappingHandle : SafeHandle
{
    private MappingHandle(nint address, ulong size)
        : base(0, ownsHandle: true)
    {
        SetHandle(address);
        Size = size;
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Bytes mapped.</summary>
    internal ulong Size { get; }

    /// <summary>First byte in this process. Only to be used between an add-ref and its release.</summary>
    internal byte* Pointer => (byte*)handle;

    /// <summary>Maps zeroed memory, no swap reserved: pages cost nothing until they are touched.</summary>
    /// <param name="size">Bytes, a multiple of the page size, at most <see cref="long.MaxValue"/>.</param>
    internal static MappingHandle Allocate(ulong size)
    {
        // SAFETY: a new anonymous mapping at an address of the kernel's choice touches no memory of ours; the
        // handle made from it owns it and gives it back once, in ReleaseHandle.
        unsafe
        {
            void* address = Libc.Map(
                null,
                checked((nuint)size),
                Libc.ProtectRead | Libc.ProtectWrite,
                Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve,
                -1,
                0);
            if (address == Libc.MapFailed)
            {
                KvmException.ThrowForLastError("mmap", null, $"{size:#,0} bytes of guest memory");
            }

            return new MappingHandle((nint)address, size);
        }
    }

    // SAFETY: SafeHandle calls this once, when no add-ref is left, so that nobody reads or writes here any
    // more.
    protected override bool ReleaseHandle() => Libc.Unmap((void*)handle, (nuint)Size) == 0;
}
