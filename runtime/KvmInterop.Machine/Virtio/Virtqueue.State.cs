using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio;

// Saving and restoring. What lies in guest memory is saved with it.
public sealed partial class Virtqueue
{
    internal void Save(DeviceStateWriter state)
    {
        state.Add((ushort)Size);
        state.Add(DescriptorTable);
        state.Add(DriverArea);
        state.Add(DeviceArea);
        state.Add(IsReady);
        state.Add(Problem is not null);
        state.Add(nextAvailable);
        state.Add(publishedIndex);
        state.Add(signalledIndex);
    }

    /// <summary>What was saved of a queue, judged but not set.</summary>
    internal readonly record struct Saved(
        int Size, ulong DescriptorTable, ulong DriverArea, ulong DeviceArea, bool IsReady, bool IsBroken,
        ushort NextAvailable, ushort UsedIndex, ushort SignalledIndex)
    {
        internal static Saved Read(ref DeviceStateReader state) => new(
            state.NextUInt16(), state.NextUInt64(), state.NextUInt64(), state.NextUInt64(),
            state.NextBoolean(), state.NextBoolean(), state.NextUInt16(), state.NextUInt16(),
            state.NextUInt16());
    }

    /// <summary>Sets what was saved; false where it cannot be used, and then it is not ready.</summary>
    internal bool TryRestore(Saved saved, bool hasIndirect, bool hasEventIndex)
    {
        Reset();
        Size = saved.Size;
        DescriptorTable = saved.DescriptorTable;
        DriverArea = saved.DriverArea;
        DeviceArea = saved.DeviceArea;
        if (saved.IsReady && !TryEnable(hasIndirect, hasEventIndex))
        {
            return false;
        }

        nextAvailable = knownAvailable = saved.NextAvailable;
        usedIndex = publishedIndex = saved.UsedIndex;
        signalledIndex = saved.SignalledIndex;
        if (saved.IsBroken)
        {
            Break("it was broken when it was saved");
        }

        return true;
    }
}
