namespace KvmInterop.Machine.Machines;

/// <summary>Where a <see cref="PcMachine"/> has its virtio devices.</summary>
public enum VirtioBus
{
    /// <summary>
    /// On the PCI bus (virtio 1.2, 4.1): every guest with a driver finds them, firmware too, and an interrupt is a
    /// message that the guest takes without leaving KVM.
    /// </summary>
    Pci,

    /// <summary>
    /// Behind memory (4.2), found by ACPI. The guest finds them sooner, and leaves KVM twice for each interrupt,
    /// to ask what it is for and to acknowledge it.
    /// </summary>
    Mmio,
}
