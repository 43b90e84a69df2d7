using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>One model-specific register (KVM_GET_MSRS).</summary>
    /// <param name="index">Its number, as in the processor's manual.</param>
    /// <exception cref="MsrException">The vCPU does not have it.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public ulong GetMsr(uint index) => GetMsrs([index])[0].data;

    /// <summary>Sets one model-specific register (KVM_SET_MSRS).</summary>
    /// <exception cref="MsrException">The vCPU does not have it, or does not take the value.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetMsr(uint index, ulong value) => SetMsrs([new() { index = index, data = value }]);

    /// <summary>Model-specific registers, in the order of the list (KVM_GET_MSRS).</summary>
    /// <param name="indices">Any number of them: <see cref="Kvm.GetMsrIndices"/> has all that are
    /// state.</param>
    /// <exception cref="MsrException">The vCPU does not have one of them.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_msr_entry[] GetMsrs(ReadOnlySpan<uint> indices) => ReadMsrs(
        indices, (entries, i) => throw new MsrException("KVM_GET_MSRS", entries[i].index, null, i));

    /// <summary>
    /// As <see cref="GetMsrs"/>, but leaves out what this vCPU does not have: the kernel's list is one for
    /// all vCPUs, whatever their CPUID.
    /// </summary>
    /// <param name="indices">Any number of them.</param>
    /// <param name="refused">The indices that are left out.</param>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_msr_entry[] GetReadableMsrs(ReadOnlySpan<uint> indices, out uint[] refused)
    {
        HashSet<int> missing = [];
        kvm_msr_entry[] entries = ReadMsrs(indices, (_, i) => missing.Add(i));
        refused = [.. entries.Where((_, i) => missing.Contains(i)).Select(entry => entry.index)];
        return [.. entries.Where((_, i) => !missing.Contains(i))];
    }

    /// <summary>Sets model-specific registers, in the order of the list (KVM_SET_MSRS).</summary>
    /// <exception cref="MsrException">The vCPU does not have one of them, or does not take its value. Those
    /// before it are set.</exception>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public void SetMsrs(ReadOnlySpan<kvm_msr_entry> entries) => WriteMsrs(
        entries, (all, i) => throw new MsrException("KVM_SET_MSRS", all[i].index, all[i].data, i));

    /// <summary>As <see cref="SetMsrs"/>, but goes on behind what is refused.</summary>
    /// <returns>What was refused; empty where all are set.</returns>
    /// <inheritdoc cref="GetRegisters"/>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_msr_entry[] SetWritableMsrs(ReadOnlySpan<kvm_msr_entry> entries)
    {
        List<kvm_msr_entry> refused = [];
        WriteMsrs(entries, (all, i) => refused.Add(all[i]));
        return [.. refused];
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    private kvm_msr_entry[] ReadMsrs(ReadOnlySpan<uint> indices, Action<kvm_msr_entry[], int> refused)
    {
        kvm_msr_entry[] entries = new kvm_msr_entry[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            entries[i].index = indices[i];
        }

        using Held<VcpuHandle> held = UseX64State("KVM_GET_MSRS");
        MsrCalls.ForAll("KVM_GET_MSRS", KvmFdKind.Vcpu, handle.Fd.GetMsrs, entries, i => refused(entries, i));
        return entries;
    }

    [KvmArchitectures(KvmArchitecture.X64)]
    private void WriteMsrs(ReadOnlySpan<kvm_msr_entry> values, Action<kvm_msr_entry[], int> refused)
    {
        kvm_msr_entry[] entries = values.ToArray();
        using Held<VcpuHandle> held = UseX64State("KVM_SET_MSRS");
        MsrCalls.ForAll("KVM_SET_MSRS", KvmFdKind.Vcpu, handle.Fd.SetMsrs, entries, i => refused(entries, i));
    }
}
