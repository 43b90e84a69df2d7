using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Exits;

/// <summary>Memory like a mapped <c>kvm_run</c>, to be filled in as KVM would.</summary>
internal sealed unsafe class SyntheticRun
{
    /// <summary>Where KVM puts the data of port I/O on x86: the mapping's second page.</summary>
    public const int IoDataOffset = 0x1000;

    private readonly byte[] memory = GC.AllocateArray<byte>(0x3000, pinned: true);

    public Span<byte> Bytes => memory;

    /// <summary>The union member of an exit.</summary>
    public ref T Arm<T>(int offset)
        where T : unmanaged => ref Unsafe.As<byte, T>(ref memory[offset]);

    public VcpuExit Exit(KvmExitReason reason, int errno = 0)
    {
        // SAFETY: the array is pinned for its life, and this object, which the test keeps, holds it.
        unsafe
        {
            return new VcpuExit((byte*)Unsafe.AsPointer(ref memory[0]), memory.Length, reason, errno);
        }
    }

    /// <summary>KVM_EXIT_IO with its data.</summary>
    public VcpuExit Io(int direction, ushort port, byte size, uint count, ReadOnlySpan<byte> data = default)
    {
        ref kvm_run_io io = ref Arm<kvm_run_io>(KvmRunOffsets.io);
        io.direction = (byte)direction;
        io.port = port;
        io.size = size;
        io.count = count;
        io.data_offset = IoDataOffset;
        data.CopyTo(memory.AsSpan(IoDataOffset));
        return Exit(KvmExitReason.KVM_EXIT_IO);
    }

    /// <summary>KVM_EXIT_MMIO with its data.</summary>
    public VcpuExit Mmio(bool write, ulong address, uint length, ReadOnlySpan<byte> data = default)
    {
        ref kvm_run_mmio mmio = ref Arm<kvm_run_mmio>(KvmRunOffsets.mmio);
        mmio.is_write = (byte)(write ? 1 : 0);
        mmio.phys_addr = address;
        mmio.len = length;
        data.CopyTo(mmio.data);
        return Exit(KvmExitReason.KVM_EXIT_MMIO);
    }
}
