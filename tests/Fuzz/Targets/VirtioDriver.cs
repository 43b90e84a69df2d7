using System.Buffers.Binary;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Virtio;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Writes a request's readable bytes.</summary>
/// <returns>How many of them there are.</returns>
internal delegate int VirtioRequest(FuzzScript script, int queue, Span<byte> destination);

/// <summary>The driver's hands: each movement is right or wrong as the script says.</summary>
internal sealed partial class VirtioDriver(GuestMemory memory, VirtioPort port, int queues, Tally tally)
{
    private const ushort Next = 1;
    private const ushort Writable = 2;
    private const ushort Indirect = 4;
    private const int DescriptorSize = 16;
    private const int MostRequest = 512;
    private const int RequestHead = 16;

    // Bytes of the script from which on a queue is set up wrongly: a device has up to eight of them.
    private const int SpoiltSetUp = 251;

    private readonly ushort[] available = new ushort[queues];
    private readonly int[] sizes = new int[queues];
    private readonly ushort[] used = new ushort[queues];

    /// <summary>Resets the device and brings it up (virtio 1.2, 3.1.1), mostly.</summary>
    public void Start(FuzzScript script, ulong offered)
    {
        Array.Clear(used);
        Write(Register.Status, 0);
        Write(Register.Status, 1);
        Write(Register.Status, 3);
        ulong features = script.Byte() switch
        {
            < 160 => offered,
            < 240 => offered & (script.Number(8) | VirtioFeatures.Version1),
            _ => script.Number(8),
        };
        Write(Register.DriverFeaturesSelect, 0);
        Write(Register.DriverFeatures, (uint)features);
        Write(Register.DriverFeaturesSelect, 1);
        Write(Register.DriverFeatures, (uint)(features >> 32));
        Write(Register.Status, 0xb);
        for (int queue = 0; queue < queues; queue++)
        {
            SetUp(queue, script);
        }

        Write(Register.Status, 0xf);
    }

    /// <summary>A chain with a request in it: a readable part, a writable one, in one of the usual forms.
    /// </summary>
    public void Ask(FuzzScript script, VirtioRequest request, bool withSpoiltChain = false)
    {
        int queue = script.Below(queues);
        Span<byte> bytes = stackalloc byte[MostRequest];
        bytes.Clear();
        int length = request(script, queue, bytes);
        ulong place = VirtioLayout.Buffers + ((ulong)script.Below(16) * 0x400);
        memory.Write(place, bytes[..length]);
        int first = script.Below(Math.Max(1, sizes[queue]));
        ulong answer = place + 0x200;
        uint answerLength = script.Byte() < 240 ? (uint)script.Number(2) % 0x1400 : (uint)script.AnyNumber();
        bool isIndirect = script.Byte() < 64 || sizes[queue] == 1;
        ulong table = isIndirect ? VirtioLayout.IndirectTable(queue) : VirtioLayout.Descriptors(queue);
        int start = isIndirect ? 0 : first;
        int size = isIndirect ? VirtioLayout.MostIndirect : Math.Max(1, sizes[queue]);

        // The request in one piece, or its head apart from the rest, as drivers have it.
        int head = size > 2 && length > RequestHead && script.Byte() < 128 ? RequestHead : 0;
        int next = start;
        if (head > 0)
        {
            next = (start + 1) % size;
            Describe(table, start, place, (uint)head, Next, (ushort)next);
        }

        int last = (next + 1) % size;
        Describe(table, next, place + (uint)head, (uint)(length - head), Next, (ushort)last);
        Describe(table, last, answer, answerLength, Writable, 0);
        if (isIndirect)
        {
            uint tableLength = (uint)((last + 1) * DescriptorSize);
            Describe(VirtioLayout.Descriptors(queue), first, table, tableLength, Indirect, 0);
        }

        if (withSpoiltChain)
        {
            ulong descriptor = table + (ulong)(script.Below(size) * DescriptorSize);
            memory.Write(descriptor + (script.Number(1) % 13), (uint)script.AnyNumber());
        }

        Offer(queue, (ushort)first, 1);
        Write(Register.QueueNotify, queue);
    }

    /// <summary>A descriptor of any kind.</summary>
    public void Describe(FuzzScript script)
    {
        int queue = script.Below(queues);
        ulong table = script.Byte() < 64 ? VirtioLayout.IndirectTable(queue) : VirtioLayout.Descriptors(queue);
        ulong address = script.Byte() switch
        {
            < 128 => VirtioLayout.Buffers + (script.Number(2) % (VirtioLayout.MemorySize - VirtioLayout.Buffers)),
            < 160 => VirtioLayout.MemorySize - (ulong)script.Byte(),
            < 192 => VirtioLayout.IndirectTable(queue),
            < 224 => script.Number(2),
            _ => script.AnyNumber(),
        };
        uint length = script.Byte() switch
        {
            < 96 => script.Byte(),
            < 160 => 512u * (uint)(1 + (script.Byte() & 7)),
            < 224 => (uint)(DescriptorSize * script.Byte()),
            _ => (uint)script.AnyNumber(),
        };
        ushort flags = script.SmallOrAny(7);
        ushort next = script.SmallOrAny(7);
        Describe(table, script.Below(VirtioLayout.MostQueueSize), address, length, flags, next);
    }

    /// <summary>A few descriptors and then an indirect table with many, right or nearly right.</summary>
    public void AskForMany(FuzzScript script)
    {
        int queue = script.Below(queues);
        int size = Math.Max(1, sizes[queue]);
        int first = script.Below(size);
        int direct = script.Below(size);
        int many = 1 + script.Byte();
        int firstWritable = script.Byte();
        ulong table = VirtioLayout.Descriptors(queue);
        for (int i = 0; i < direct; i++)
        {
            Describe(
                table, (first + i) % size, VirtioLayout.Buffers, script.Byte(), Next,
                (ushort)((first + i + 1) % size));
        }

        ulong indirect = VirtioLayout.Buffers + 0x4000;
        uint length = script.Byte();
        for (int i = 0; i < many; i++)
        {
            int flags = (i + 1 < many ? Next : 0) | (i >= firstWritable ? Writable : 0);
            Describe(indirect, i, VirtioLayout.Buffers, length, (ushort)flags, (ushort)(i + 1));
        }

        Describe(table, (first + direct) % size, indirect, (uint)(many * DescriptorSize), Indirect, 0);
        Offer(queue, (ushort)first, 1);
        Write(Register.QueueNotify, queue);
    }

    /// <summary>Makes chains available, as many as there are entries, or more.</summary>
    public void Offer(FuzzScript script)
    {
        int queue = script.Below(queues);
        ushort head = script.SmallOrAny(7);
        int count = script.Byte() < 240 ? 1 + (script.Byte() & 3) : (int)script.Number(2);
        Offer(queue, head, count);
        Write(Register.QueueNotify, queue);
    }

    /// <summary>Any number to any place of the queues.</summary>
    public void SpoilMemory(FuzzScript script)
    {
        ulong place = VirtioLayout.Descriptors(script.Below(queues)) + (script.Number(2) % 0xff8);
        memory.Write(place, script.AnyNumber());
    }

    public void Write(ulong register, int value) => port.Write(register, (uint)value);

    private void Write(ulong register, uint value) => port.Write(register, value);

    private void SetUp(int queue, FuzzScript script)
    {
        available[queue] = 0;
        int size = script.Byte();
        sizes[queue] = size < 8 ? 1 : 2 << (size % 3);
        bool isSpoilt = script.Byte() >= SpoiltSetUp;
        memory.Write(VirtioLayout.Available(queue), 0U);
        Write(Register.QueueSelect, queue);
        Write(Register.QueueNum, isSpoilt && script.Byte() < 64 ? (uint)script.Number(4) : (uint)sizes[queue]);
        WriteAddress(Register.QueueDescLow, VirtioLayout.Descriptors(queue), script, isSpoilt);
        WriteAddress(Register.QueueDriverLow, VirtioLayout.Available(queue), script, isSpoilt);
        WriteAddress(Register.QueueDeviceLow, VirtioLayout.Used(queue), script, isSpoilt);
        Write(Register.QueueReady, 1);
    }

    private void WriteAddress(ulong low, ulong right, FuzzScript script, bool isSpoilt)
    {
        ulong address = !isSpoilt || script.Byte() < 128 ? right
            : script.Byte() < 128 ? script.Number(2) & ~15UL : script.AnyNumber();
        Write(low, (uint)address);
        Write(low + sizeof(uint), (uint)(address >> 32));
    }

    private void Offer(int queue, ushort head, int count)
    {
        ulong ring = VirtioLayout.Available(queue);
        memory.Write(ring + 4 + (2 * (ulong)(available[queue] % Math.Max(1, sizes[queue]))), head);
        available[queue] = unchecked((ushort)(available[queue] + count));
        memory.WriteVolatile(ring + 2, available[queue]);
    }

    private void Describe(ulong table, int index, ulong address, uint length, ushort flags, ushort next)
    {
        ulong place = table + (ulong)(index * DescriptorSize);
        memory.Write(place, address);
        memory.Write(place + 8, length);
        memory.Write(place + 12, flags);
        memory.Write(place + 14, next);
    }
}
