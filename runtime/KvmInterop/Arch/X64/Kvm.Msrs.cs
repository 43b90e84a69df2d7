using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Kvm
{
    /// <summary>
    /// The model-specific registers that are a vCPU's state here, and so what to save of it
    /// (KVM_GET_MSR_INDEX_LIST).
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public uint[] GetMsrIndices()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_MSR_INDEX_LIST");
        using Held<KvmHandle> held = new(handle);
        return MsrCalls.Indices("KVM_GET_MSR_INDEX_LIST", handle.Fd.GetMsrIndexList);
    }

    /// <summary>
    /// The model-specific registers that tell what a processor can do, as CPUID does
    /// (KVM_GET_MSR_FEATURE_INDEX_LIST).
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public uint[] GetFeatureMsrIndices()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_MSR_FEATURE_INDEX_LIST");
        using Held<KvmHandle> held = new(handle);
        return MsrCalls.Indices("KVM_GET_MSR_FEATURE_INDEX_LIST", handle.Fd.GetMsrFeatureIndexList);
    }

    /// <summary>
    /// What KVM can offer of <see cref="GetFeatureMsrIndices"/> on this host (KVM_GET_MSRS on the system
    /// file).
    /// </summary>
    /// <param name="indices">Registers of that list.</param>
    /// <exception cref="MsrException">One is no feature register.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public kvm_msr_entry[] GetFeatureMsrs(params ReadOnlySpan<uint> indices)
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_GET_MSRS");
        kvm_msr_entry[] entries = new kvm_msr_entry[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            entries[i].index = indices[i];
        }

        using Held<KvmHandle> held = new(handle);
        MsrCalls.ForAll(
            "KVM_GET_MSRS", KvmFdKind.System, handle.Fd.GetMsrs, entries,
            i => throw new MsrException("KVM_GET_MSRS", entries[i].index, null, i));
        return entries;
    }

    /// <summary>
    /// The machine-check capabilities that a vCPU may be given (KVM_X86_GET_MCE_CAP_SUPPORTED), for
    /// <see cref="Vcpu.SetUpMachineChecks"/>; how many banks is what KVM_CAP_MCE says.
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public ulong GetMachineCheckCapabilities()
    {
        NeededArchitecture.Check(KvmArchitecture.X64, "KVM_X86_GET_MCE_CAP_SUPPORTED");
        using Held<KvmHandle> held = new(handle);
        KvmException.ThrowIfError(
            handle.Fd.X86GetMceCapSupported(out ulong capabilities), "KVM_X86_GET_MCE_CAP_SUPPORTED",
            KvmFdKind.System);
        return capabilities;
    }
}
