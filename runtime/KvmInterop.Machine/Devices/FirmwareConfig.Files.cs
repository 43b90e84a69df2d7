using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Devices;

/// <summary>The file directory, DMA, and saving.</summary>
public sealed partial class FirmwareConfig
{
    private const string Kind = "fw-cfg";
    private const ushort Version = 1;

    // An entry of the directory: size, key, reserved, name with its final zero; big-endian.
    private const int EntrySize = 64;
    private const int NameOffset = 8;
    private const int MostNameLength = EntrySize - NameOffset - 1;

    // A DMA command: control, length, address; big-endian.
    private const int CommandSize = 16;

    private static readonly byte[] Zeros = new byte[64 * 1024];

    [Flags]
    private enum DmaControl : uint
    {
        None = 0,
        Error = 1 << 0,
        Read = 1 << 1,
        Skip = 1 << 2,
        Select = 1 << 3,
        Write = 1 << 4,
    }

    /// <inheritdoc/>
    /// <remarks>Items are the machine's, and not part of it.</remarks>
    public byte[] Save()
    {
        lock (gate)
        {
            DeviceStateWriter state = new(Kind, Version);
            state.Add(selected);
            state.Add(position);
            state.Add(dmaAddress);
            return state.ToArray();
        }
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySpan<byte> state)
    {
        DeviceStateReader reader = new(state, Kind, Version);
        ushort newKey = reader.NextUInt16();
        uint newPosition = reader.NextUInt32();
        ulong newAddress = reader.NextUInt64();
        reader.End();
        lock (gate)
        {
            Select(newKey);
            position = newPosition;
            dmaAddress = newAddress;
        }
    }

    // By rising names, as firmware may expect; the key follows from the place.
    private void MakeDirectory()
    {
        byte[] directory = new byte[sizeof(uint) + (files.Count * EntrySize)];
        BinaryPrimitives.WriteUInt32BigEndian(directory, (uint)files.Count);
        ushort key = FirmwareConfigKeys.FirstFile;
        Span<byte> entry = directory.AsSpan(sizeof(uint));
        foreach ((string name, ReadOnlyMemory<byte> contents) in files)
        {
            BinaryPrimitives.WriteUInt32BigEndian(entry, (uint)contents.Length);
            BinaryPrimitives.WriteUInt16BigEndian(entry[4..], key);
            Encoding.ASCII.GetBytes(name, entry[NameOffset..]);
            items[key++] = contents;
            entry = entry[EntrySize..];
        }

        items[FirmwareConfigKeys.FileDirectory] = directory;
    }

    private void RunDma(ulong address)
    {
        dmaAddress = 0;
        Span<byte> command = stackalloc byte[CommandSize];
        if (memory is null || !memory.TryRead(address, command))
        {
            // There is no place to say so.
            return;
        }

        uint control = BinaryPrimitives.ReadUInt32BigEndian(command);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(command[4..]);
        ulong target = BinaryPrimitives.ReadUInt64BigEndian(command[8..]);
        DmaControl done = Execute((DmaControl)control, (ushort)(control >> 16), length, target)
            ? DmaControl.None
            : DmaControl.Error;
        BinaryPrimitives.WriteUInt32BigEndian(command, (uint)done);
        memory.TryWrite(address, command[..sizeof(uint)]);
    }

    private bool Execute(DmaControl control, ushort key, uint length, ulong target)
    {
        if ((control & DmaControl.Select) != 0)
        {
            Select(key);
        }

        if ((control & DmaControl.Read) != 0)
        {
            return CopyTo(target, length);
        }

        if ((control & DmaControl.Write) != 0)
        {
            return false;
        }

        if ((control & DmaControl.Skip) != 0)
        {
            Skip(length);
        }

        return true;
    }

    private bool CopyTo(ulong target, uint length)
    {
        ReadOnlySpan<byte> left = LeftOfItem();
        left = left[..(int)Math.Min((uint)left.Length, length)];
        ulong zeros = length - (uint)left.Length;
        ulong end = target + (uint)left.Length;

        // All of it or nothing, so that what cannot be done costs nothing.
        if (!memory!.Contains(target, length) || !memory.TryWrite(target, left))
        {
            return false;
        }

        for (; zeros > 0; zeros -= Math.Min(zeros, (uint)Zeros.Length), end += (uint)Zeros.Length)
        {
            if (!memory.TryWrite(end, Zeros.AsSpan(0, (int)Math.Min(zeros, (uint)Zeros.Length))))
            {
                return false;
            }
        }

        Skip(length);
        return true;
    }
}
