using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>
    /// What the processor knows of a guest's own guests (KVM_GET_NESTED_STATE), or null where KVM does not
    /// offer virtualization to guests.
    /// </summary>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public KvmBuffer<kvm_nested_state, byte>? GetNestedState()
    {
        using Held<VcpuHandle> held = UseX64State("KVM_GET_NESTED_STATE");
        int size = handle.Vm.CheckExtension(KvmCapability.KVM_CAP_NESTED_STATE);
        if (size == 0)
        {
            return null;
        }

        KvmBuffer<kvm_nested_state, byte> state = NewNestedState(size);
        KvmException.ThrowIfError(
            handle.Fd.GetNestedState(state), "KVM_GET_NESTED_STATE", KvmFdKind.Vcpu);
        return state;
    }

    /// <summary>Sets what <see cref="GetNestedState"/> gives (KVM_SET_NESTED_STATE).</summary>
    /// <remarks>After the special registers, whose EFER and CR4 must allow it.</remarks>
    /// <exception cref="NotSupportedException">KVM does not offer virtualization to guests.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetNestedState(KvmBuffer<kvm_nested_state, byte> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        using Held<VcpuHandle> held = UseX64State("KVM_SET_NESTED_STATE");
        if (handle.Vm.CheckExtension(KvmCapability.KVM_CAP_NESTED_STATE) == 0)
        {
            throw Kvm.MissingCapability(KvmCapability.KVM_CAP_NESTED_STATE);
        }

        KvmException.ThrowIfError(
            handle.Fd.SetNestedState(state), "KVM_SET_NESTED_STATE", KvmFdKind.Vcpu);
    }

    // The capability counts the record with its header, whose size the buffer knows.
    [KvmArchitectures(KvmArchitecture.X64)]
    internal static KvmBuffer<kvm_nested_state, byte> NewNestedState(int size) =>
        new(Math.Max(0, size - Unsafe.SizeOf<kvm_nested_state>()));
}
