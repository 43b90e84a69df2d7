namespace KvmInterop.Machine.Devices;

/// <summary>Saving and restoring. As a clock with a battery, it goes on in between.</summary>
public sealed partial class CmosRtc
{
    private const string Kind = "cmos-rtc";
    private const ushort Version = 1;

    // More than any date a guest can set is from any date a host has.
    private static readonly long FarthestAhead = DateTime.MaxValue.Ticks;

    /// <inheritdoc/>
    public byte[] Save()
    {
        lock (gate)
        {
            Advance();
            DeviceStateWriter state = new(Kind, Version);
            state.Add(index);
            state.Add(ahead);
            state.Add(fields);
            state.Add(memory);
            return state.ToArray();
        }
    }

    /// <inheritdoc/>
    /// <remarks>The sizes of memory are those that were saved.</remarks>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        byte newIndex = reader.NextByte();
        long newAhead = reader.NextInt64();
        ReadOnlySpan<byte> newFields = reader.NextBytes(Cmos.Fields);
        ReadOnlySpan<byte> newMemory = reader.NextBytes(Cmos.Size);
        reader.End();
        if (newIndex >= Cmos.Size || newFields.Length != Cmos.Fields || newMemory.Length != Cmos.Size
            || newAhead < -FarthestAhead || newAhead > FarthestAhead)
        {
            throw reader.Damaged("its index, time or memory is none that a clock can have");
        }

        lock (gate)
        {
            index = newIndex;
            ahead = newAhead;
            newFields.CopyTo(fields);
            newMemory.CopyTo(memory);
            memory[Cmos.A] &= unchecked((byte)~Cmos.UpdateInProgress);
            Events &= Cmos.Flags.Events;
            Restart();
        }
    }
}
