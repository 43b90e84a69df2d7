using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    // Enough for an arm64 vCPU of today without a second call; the kernel says how many it would have liked.
    private const int FirstRegisterCapacity = 512;

    /// <summary>A register by its id (KVM_GET_ONE_REG): the way to all state on arm64 and riscv64.</summary>
    /// <typeparam name="T">What the register holds, of the size that its id tells: <c>ulong</c> for
    /// KVM_REG_SIZE_U64, <c>UInt128</c> for KVM_REG_SIZE_U128.</typeparam>
    /// <param name="id">KVM_REG_ARM64 or another architecture, a size, and the register.</param>
    /// <remarks>An access to a device that waits to be finished is finished first: see
    /// <see cref="FinishAccess"/>.</remarks>
    /// <exception cref="ArgumentException">The id tells another size than the type's.</exception>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed: ENOENT, the vCPU has no such register.</exception>
    public T GetRegister<T>(ulong id)
        where T : unmanaged
    {
        CheckRegisterSize<T>(id);
        using Held<VcpuHandle> held = UseState("KVM_GET_ONE_REG");
        T value = default;
        kvm_one_reg register = new() { id = id };
        int result;

        // SAFETY: the kernel writes as many bytes as the id tells, which are those of this local variable,
        // and keeps no pointer; a local variable does not move.
        unsafe
        {
            register.addr = (ulong)&value;
            result = handle.Fd.GetOneReg(ref register);
        }

        if (result < 0)
        {
            KvmException.ThrowForLastError("KVM_GET_ONE_REG", KvmFdKind.Vcpu, $"id 0x{id:x}");
        }

        return value;
    }

    /// <summary>Sets a register by its id (KVM_SET_ONE_REG).</summary>
    /// <param name="id">As for <see cref="GetRegister{T}"/>.</param>
    /// <param name="value">Of the type that has the size which the id tells: a plain <c>0</c> is an
    /// <c>int</c> and fits KVM_REG_SIZE_U32 only.</param>
    /// <inheritdoc cref="GetRegister{T}"/>
    public void SetRegister<T>(ulong id, T value)
        where T : unmanaged
    {
        CheckRegisterSize<T>(id);
        using Held<VcpuHandle> held = UseState("KVM_SET_ONE_REG");
        kvm_one_reg register = new() { id = id };
        int result;

        // SAFETY: the kernel reads as many bytes as the id tells, which are those of this parameter, and
        // keeps no pointer; a parameter by value does not move.
        unsafe
        {
            register.addr = (ulong)&value;
            result = handle.Fd.SetOneReg(in register);
        }

        if (result < 0)
        {
            KvmException.ThrowForLastError("KVM_SET_ONE_REG", KvmFdKind.Vcpu, $"id 0x{id:x}");
        }
    }

    /// <summary>The ids of all registers that this vCPU has (KVM_GET_REG_LIST): what to save of it.</summary>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64)]
    public ulong[] GetRegisterIds()
    {
        using Held<VcpuHandle> held = UseState("KVM_GET_REG_LIST");
        for (int capacity = FirstRegisterCapacity; ;)
        {
            KvmBuffer<kvm_reg_list, ulong> list = new(capacity);
            int result = handle.Fd.GetRegList(list);

            // With too little room the kernel counts what there is (api.rst, KVM_GET_REG_LIST).
            if (result < 0 && Marshal.GetLastPInvokeError() == Errno.E2BIG && list.Count > capacity)
            {
                capacity = list.Count;
                continue;
            }

            KvmException.ThrowIfError(result, "KVM_GET_REG_LIST", KvmFdKind.Vcpu);
            return list.Entries.ToArray();
        }
    }

    private static void CheckRegisterSize<T>(ulong id)
        where T : unmanaged
    {
        int told = 1 << (int)((id & KvmApi.KVM_REG_SIZE_MASK) >> KvmApi.KVM_REG_SIZE_SHIFT);
        if (told != Unsafe.SizeOf<T>())
        {
            throw new ArgumentException(
                $"the register with the id 0x{id:x} has {told} bytes, and a {typeof(T).Name} has "
                + $"{Unsafe.SizeOf<T>()}: use a type of the register's size",
                nameof(id));
        }
    }
}
