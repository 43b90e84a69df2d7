namespace KvmInterop.Machine.Pci;

/// <summary>Takes message-signalled interrupts to a machine's interrupt controller.</summary>
public interface IMessageSender
{
    /// <summary>Sends one. Any thread may call it.</summary>
    /// <param name="address">As the guest programmed it; any value.</param>
    /// <param name="data">As the guest programmed it; any value.</param>
    void Send(ulong address, uint data);
}
