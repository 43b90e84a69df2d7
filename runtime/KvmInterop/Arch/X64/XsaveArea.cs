using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// The x87, SSE, AVX and further vector state of an x86 vCPU, in the processor's XSAVE format without
/// compaction.
/// </summary>
/// <remarks>
/// It has as many bytes as the VM can need: 4096, or what KVM_CAP_XSAVE2 says where processes may use large
/// features such as AMX. Where a component lies in it is told by CPUID leaf 0xd. Not safe for two threads.
/// </remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed class XsaveArea
{
    /// <summary>Bytes that every area has: those of <c>struct kvm_xsave</c>.</summary>
    public const int LeastSize = 4096;

    // The header behind the legacy region of 512 bytes (Intel SDM volume 1, 13.4.2).
    private const int PresentComponentsOffset = 512;

    /// <summary>An area of zeros, which stands for the initial state of every component.</summary>
    /// <param name="size">Bytes, <see cref="LeastSize"/> or more, a multiple of 4.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is none of these.</exception>
    public XsaveArea(int size = LeastSize)
    {
        if (size < LeastSize || size % sizeof(uint) != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), $"an XSAVE area has {LeastSize} bytes or more, a multiple of 4, not {size}");
        }

        Buffer = new KvmBuffer<kvm_xsave, uint>((size - LeastSize) / sizeof(uint));
        Size = size;
    }

    /// <summary>Bytes.</summary>
    public int Size { get; }

    /// <summary>The whole area, to be read and written.</summary>
    public Span<byte> Bytes
    {
        get
        {
            // The entries follow the record without a gap: the record's size is where they begin.
            ref byte first = ref Unsafe.As<kvm_xsave, byte>(ref Buffer.Header);
            return MemoryMarshal.CreateSpan(ref first, Size);
        }
    }

    /// <summary>
    /// The components that are not in their initial state, a bit each as in XCR0 (XSTATE_BV).
    /// </summary>
    public ulong PresentComponents
    {
        get => BinaryPrimitives.ReadUInt64LittleEndian(Bytes[PresentComponentsOffset..]);
        set => BinaryPrimitives.WriteUInt64LittleEndian(Bytes[PresentComponentsOffset..], value);
    }

    /// <summary>The memory itself, for generated calls.</summary>
    public KvmBuffer<kvm_xsave, uint> Buffer { get; }
}
