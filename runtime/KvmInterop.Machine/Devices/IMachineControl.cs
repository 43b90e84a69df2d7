namespace KvmInterop.Machine.Devices;

/// <summary>How a device ends the machine, or asks for its reset: the machine decides what that is.</summary>
public interface IMachineControl
{
    /// <summary>The guest has asked for the end.</summary>
    /// <remarks>
    /// Called on the thread of the vCPU that made the access, by several at a time if the VM has several, and
    /// again if the guest asks again. It takes note and comes back: it does not wait for vCPUs, because one
    /// of them waits for it.
    /// </remarks>
    /// <param name="reason">What the guest asked for.</param>
    void EndMachine(MachineEnd reason);
}
