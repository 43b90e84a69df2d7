namespace KvmInterop;

/// <summary>What became of an interrupt line's change (KVM_IRQ_LINE_STATUS).</summary>
public enum InterruptDelivery
{
    /// <summary>Nobody was interrupted: it is masked, or the controller is not set up for it.</summary>
    Ignored,

    /// <summary>The one before still waits, and the two are one now.</summary>
    Coalesced,

    /// <summary>One vCPU or more was interrupted; for a line that was lowered, it was taken note
    /// of.</summary>
    Delivered,
}
