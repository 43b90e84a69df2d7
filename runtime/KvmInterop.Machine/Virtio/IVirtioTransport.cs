namespace KvmInterop.Machine.Virtio;

/// <summary>What a device needs of the bus that it sits on: ways to interrupt the guest.</summary>
/// <remarks>Called on the device's thread and on vCPUs' threads; must not call back into the device.</remarks>
internal interface IVirtioTransport
{
    /// <summary>The used ring of a queue has news (4.1.3, 4.2.3: "used buffer notification").</summary>
    void NotifyUsed(int queue);

    /// <summary>The configuration or the status has changed ("configuration change notification").</summary>
    void NotifyConfiguration();

    /// <summary>The device was reset: no interrupt is pending any more.</summary>
    void OnReset();
}
