using System.Buffers.Binary;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>Reads and writes registers in what <see cref="Vcpu.GetLapic"/> gives.</summary>
/// <remarks>Offsets are those of the APIC's page (Intel SDM volume 3, table 11-1), such as 0x320 for the
/// timer's entry of the local vector table.</remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public static class LapicRegisters
{
    // Each register has 16 bytes of the page, and its value in the first 4.
    private const int Stride = 16;

    /// <summary>A register's 32 bits.</summary>
    /// <param name="state">The APIC's registers.</param>
    /// <param name="offset">A multiple of 16, below KVM_APIC_REG_SIZE.</param>
    /// <exception cref="ArgumentOutOfRangeException">No register is at the offset.</exception>
    public static uint Read(in kvm_lapic_state state, int offset)
    {
        CheckOffset(offset);
        return BinaryPrimitives.ReadUInt32LittleEndian(((ReadOnlySpan<byte>)state.regs)[offset..]);
    }

    /// <summary>Changes a register's 32 bits.</summary>
    /// <param name="state">The APIC's registers; give them back with <see cref="Vcpu.SetLapic"/>.</param>
    /// <param name="offset">A multiple of 16, below KVM_APIC_REG_SIZE.</param>
    /// <param name="value">The new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">No register is at the offset.</exception>
    public static void Write(ref kvm_lapic_state state, int offset, uint value)
    {
        CheckOffset(offset);
        BinaryPrimitives.WriteUInt32LittleEndian(((Span<byte>)state.regs)[offset..], value);
    }

    private static void CheckOffset(int offset)
    {
        if (offset < 0 || offset >= KvmApi.KVM_APIC_REG_SIZE || offset % Stride != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                $"0x{offset:x} is no offset of an APIC register: those are multiples of 16 below "
                + $"0x{KvmApi.KVM_APIC_REG_SIZE:x}");
        }
    }
}
