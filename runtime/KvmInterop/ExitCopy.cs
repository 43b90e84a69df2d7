using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// The data of an exit, put aside while KVM_RUN is called for the sake of the vCPU's state, and put back for
/// those who have not yet looked at it.
/// </summary>
internal sealed class ExitCopy
{
    // kvm_run's union: it ends where the shared registers begin.
    private readonly byte[] union = new byte[KvmRunOffsets.kvm_valid_regs - KvmRunOffsets.hw];
    private byte[] data = [];
    private int dataLength;

    internal void Take(scoped in VcpuExit exit)
    {
        Union(in exit).CopyTo(union);
        if (exit.Reason == KvmExitReason.KVM_EXIT_IO)
        {
            Span<byte> elements = exit.IoData;
            if (data.Length < elements.Length)
            {
                data = new byte[elements.Length];
            }

            elements.CopyTo(data);
            dataLength = elements.Length;
        }
    }

    /// <param name="exit">An exit of the reason with which the copy was taken.</param>
    internal void PutBack(scoped in VcpuExit exit)
    {
        union.CopyTo(Union(in exit));
        if (exit.Reason == KvmExitReason.KVM_EXIT_IO)
        {
            data.AsSpan(0, dataLength).CopyTo(exit.IoData);
        }
    }

    private Span<byte> Union(scoped in VcpuExit exit) =>
        exit.Bytes.Slice(KvmRunOffsets.hw, union.Length);
}
