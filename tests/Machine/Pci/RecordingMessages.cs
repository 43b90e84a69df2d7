using KvmInterop.Machine.Pci;

namespace KvmInterop.Tests.Machine.Pci;

/// <summary>Keeps the messages that were sent.</summary>
internal sealed class RecordingMessages : IMessageSender
{
    /// <summary>Address and data of each, hexadecimal.</summary>
    public List<string> Sent { get; } = [];

    public void Send(ulong address, uint data) => Sent.Add($"{address:x} {data:x}");
}
