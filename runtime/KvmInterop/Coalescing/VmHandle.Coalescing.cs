namespace KvmInterop.Native;

internal sealed partial class VmHandle
{
    private CoalescedWrites? coalesced;

    /// <summary>The writes that KVM keeps back for this VM; null for as long as it was asked for none.
    /// </summary>
    internal CoalescedWrites? Coalesced => coalesced;

    internal CoalescedWrites GetCoalesced(int ringOffset) => coalesced
        ?? Interlocked.CompareExchange(ref coalesced, new CoalescedWrites(ringOffset), null)
        ?? coalesced!;
}
