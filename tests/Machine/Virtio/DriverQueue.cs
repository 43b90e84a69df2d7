namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>The driver's side of a split queue, written from 2.7 alone and with nothing of the device's.</summary>
internal sealed class DriverQueue
{
    public const ushort Next = 1;
    public const ushort Write = 2;
    public const ushort Indirect = 4;

    private readonly VirtioDriver driver;
    private ushort availableIndex;
    private ushort usedIndex;
    private ushort nextDescriptor;

    public DriverQueue(VirtioDriver driver, int index, int size)
    {
        this.driver = driver;
        Index = index;
        Size = size;
        Descriptors = driver.Allocate(16 * size);
        Available = driver.Allocate(6 + (2 * size));
        Used = driver.Allocate(6 + (8 * size));
    }

    public int Index { get; }

    public int Size { get; }

    public ulong Descriptors { get; }

    public ulong Available { get; }

    public ulong Used { get; }

    /// <summary>What the device wants to be rung for, with the event index.</summary>
    public ushort AvailableEvent => driver.Memory.Read<ushort>(Used + 4 + (8 * (ulong)Size));

    /// <summary>VIRTQ_USED_F_NO_NOTIFY and what else the device says.</summary>
    public ushort UsedFlags => driver.Memory.Read<ushort>(Used);

    /// <summary>Writes one descriptor of the table.</summary>
    public void Describe(int index, ulong address, uint length, ushort flags = 0, ushort next = 0) =>
        Describe(Descriptors, index, address, length, flags, next);

    /// <summary>Writes one descriptor of any table.</summary>
    public void Describe(
        ulong table, int index, ulong address, uint length, ushort flags = 0, ushort next = 0)
    {
        ulong place = table + (16 * (ulong)index);
        driver.Memory.Write(place, address);
        driver.Memory.Write(place + 8, length);
        driver.Memory.Write(place + 12, flags);
        driver.Memory.Write(place + 14, next);
    }

    /// <summary>Makes a chain available without a bell.</summary>
    public void Offer(ushort head)
    {
        driver.Memory.Write(Available + 4 + (2 * (ulong)(availableIndex % Size)), head);
        driver.Memory.WriteVolatile(Available + 2, ++availableIndex);
    }

    public void SetAvailableIndex(ushort index) =>
        driver.Memory.WriteVolatile(Available + 2, availableIndex = index);

    public void SetUsedEvent(ushort index) =>
        driver.Memory.WriteVolatile(Available + 4 + (2 * (ulong)Size), index);

    public void SetAvailableFlags(ushort flags) => driver.Memory.WriteVolatile(Available, flags);

    public void Kick() => driver.Bell(Index);

    /// <summary>A chain of buffers in fresh descriptors, offered without a bell; its head.</summary>
    public ushort Add(params (ulong Address, int Length, bool IsWritable)[] buffers)
    {
        ushort head = (ushort)(nextDescriptor % Size);
        for (int i = 0; i < buffers.Length; i++)
        {
            ushort here = (ushort)(nextDescriptor++ % Size);
            ushort flags = (ushort)((buffers[i].IsWritable ? Write : 0) | (i + 1 < buffers.Length ? Next : 0));
            Describe(
                here, buffers[i].Address, (uint)buffers[i].Length, flags, (ushort)(nextDescriptor % Size));
        }

        Offer(head);
        return head;
    }

    /// <summary>A readable part and a writable part, sent, served and taken back.</summary>
    public byte[] Request(ReadOnlySpan<byte> request, int answerLength, out uint written)
    {
        ulong answer = answerLength == 0 ? 0 : driver.Allocate(answerLength);
        List<(ulong, int, bool)> buffers = [];
        if (!request.IsEmpty)
        {
            buffers.Add((driver.Place(request), request.Length, false));
        }

        if (answerLength > 0)
        {
            buffers.Add((answer, answerLength, true));
        }

        ushort head = Add([.. buffers]);
        Kick();
        driver.Pump();
        (uint id, written) = TakeUsed() ?? throw new InvalidOperationException("the request was not served");
        Assert.Equal(head, id);
        byte[] bytes = new byte[answerLength];
        driver.Memory.Read(answer, bytes);
        return bytes;
    }

    /// <summary>The next chain that the device gave back.</summary>
    public (uint Id, uint Length)? TakeUsed()
    {
        if (driver.Memory.ReadVolatile<ushort>(Used + 2) == usedIndex)
        {
            return null;
        }

        ulong place = Used + 4 + (8 * (ulong)(usedIndex++ % Size));
        SetUsedEvent(usedIndex);
        return (driver.Memory.Read<uint>(place), driver.Memory.Read<uint>(place + 4));
    }
}
