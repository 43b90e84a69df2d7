using KvmInterop.Native;

namespace KvmInterop.Machine.Pci;

/// <summary>Sends messages to the controllers that KVM emulates (KVM_SIGNAL_MSI), at once and on the thread
/// of the sender.</summary>
/// <param name="vm">The VM, which has interrupt controllers in the kernel.</param>
[KvmArchitectures(
    KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64 | KvmArchitecture.LoongArch64)]
public sealed class VmMessageSender(Vm vm) : IMessageSender
{
    // What KVM says of an address that is none of an interrupt controller.
    private const int InvalidArgument = 22;

    private readonly Vm vm = vm ?? throw new ArgumentNullException(nameof(vm));

    /// <inheritdoc/>
    /// <remarks>What KVM takes for no message is dropped, as a bus drops a write to nobody.</remarks>
    /// <exception cref="KvmException">The VM has no controller in the kernel.</exception>
    public void Send(ulong address, uint data)
    {
        try
        {
            vm.SignalMsi(address, data);
        }
        catch (KvmException e) when (e.Errno == InvalidArgument)
        {
            // The guest chose the address.
        }
    }
}
