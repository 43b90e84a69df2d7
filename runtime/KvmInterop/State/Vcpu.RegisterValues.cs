using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// All registers that the kernel lists (KVM_GET_REG_LIST, KVM_GET_ONE_REG): on arm64 and riscv64 nearly
    /// all state of a vCPU.
    /// </summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64)]
    public RegisterValue[] SaveRegisters() => [.. GetRegisterIds().Select(
        id => new RegisterValue(id, ReadRegister(id, new byte[SizeOfRegister(id)])))];

    /// <summary>Sets registers, in the order of the list (KVM_SET_ONE_REG).</summary>
    /// <remarks>
    /// A register that cannot be written but has the value already, such as one that tells what the processor
    /// can do, is none to complain of.
    /// </remarks>
    /// <exception cref="ArgumentException">A register has other bytes than its id tells.</exception>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The kernel does not take a value; those before it are set.</exception>
    [KvmArchitectures(KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64)]
    public void RestoreRegisters(params ReadOnlySpan<RegisterValue> values)
    {
        foreach (RegisterValue value in values)
        {
            if (value.Bytes.Length != SizeOfRegister(value.Id))
            {
                throw new ArgumentException(
                    $"the register with the id 0x{value.Id:x} has {SizeOfRegister(value.Id)} bytes, not "
                    + $"{value.Bytes.Length}", nameof(values));
            }
        }

        foreach (RegisterValue value in values)
        {
            int error = WriteRegister(value.Id, value.Bytes.Span);
            if (error != 0 && !HasAlready(value))
            {
                throw new KvmException("KVM_SET_ONE_REG", error, KvmFdKind.Vcpu, $"id 0x{value.Id:x}");
            }
        }
    }

    internal static int SizeOfRegister(ulong id) =>
        1 << (int)((id & KvmApi.KVM_REG_SIZE_MASK) >> KvmApi.KVM_REG_SIZE_SHIFT);

    private bool HasAlready(RegisterValue value)
    {
        try
        {
            byte[] now = ReadRegister(value.Id, new byte[value.Bytes.Length]);
            return value.Bytes.Span.SequenceEqual(now);
        }
        catch (KvmException)
        {
            // What cannot be read either is no register of this vCPU: the refusal to write says it better.
            return false;
        }
    }

    private unsafe byte[] ReadRegister(ulong id, byte[] bytes)
    {
        using Held<VcpuHandle> held = UseState("KVM_GET_ONE_REG");
        int result;

        // SAFETY: the kernel writes as many bytes as the id tells, which the array has (SizeOfRegister); it
        // is pinned for the call, and the kernel keeps no pointer.
        fixed (byte* first = bytes)
        {
            kvm_one_reg register = new() { id = id, addr = (ulong)first };
            result = handle.Fd.GetOneReg(ref register);
        }

        KvmException.ThrowIfError(result, "KVM_GET_ONE_REG", KvmFdKind.Vcpu, $"id 0x{id:x}");
        return bytes;
    }

    private unsafe int WriteRegister(ulong id, ReadOnlySpan<byte> bytes)
    {
        using Held<VcpuHandle> held = UseState("KVM_SET_ONE_REG");

        // SAFETY: the kernel reads as many bytes as the id tells, which the span has (checked by the caller);
        // it is pinned for the call, and the kernel keeps no pointer.
        fixed (byte* first = bytes)
        {
            kvm_one_reg register = new() { id = id, addr = (ulong)first };
            return handle.Fd.SetOneReg(in register) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }
}
