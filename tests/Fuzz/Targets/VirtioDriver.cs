using System.Buffers.Binary;
using KvmInterop.Machine.Virtio;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Writes a request's readable bytes.</summary>
/// <returns>How many of them there are.</returns>
internal delegate int VirtioRequest(FuzzScript script, int queue, Span<byte> destination);

/// <summary>The driver's hands: each movement is right or wrong as the script says.</summary>
internal sealed class VirtioDriver(GuestMemory memory, VirtioMmioTransport transport, int queues)
{
    private const ushort Next = 1;
    private const ushort Writable = 2;
    private const ushort Indirect = 4;
    private const int DescriptorSize = 16;
    private const int MostRequest = 512;

    private readonly ushort[] available = new ushort[queues];
    private readonly int[] sizes = new int[queues];

    /// <summary>Resets the device and brings it up (virtio 1.2, 3.1.1), mostly.</summary>
    public void Start(FuzzScript script, ulong offered)
    {
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
    public void Ask(FuzzScript script, VirtioRequest request)
    {
        int queue = script.Below(queues);
        Span<byte> bytes = stackalloc byte[MostRequest];
        bytes.Clear();
        int length = request(script, queue, bytes);
        ulong place = VirtioLayout.Buffers + ((ulong)script.Below(16) * 0x400);
        memory.Write(place, bytes[..length]);
        int first = script.Below(Math.Max(1, sizes[queue]));
        ulong answer = place + 0x200;
        uint answerLength = script.Byte() < 224 ? (uint)script.Number(2) % 0x1400 : (uint)script.AnyNumber();
        if (script.Byte() < 64)
        {
            ulong table = VirtioLayout.IndirectTable(queue);
            Describe(table, 0, place, (uint)length, Next, 1);
            Describe(table, 1, answer, answerLength, Writable, 0);
            Describe(VirtioLayout.Descriptors(queue), first, table, 2 * DescriptorSize, Indirect, 0);
        }
        else
        {
            int second = (first + 1) % Math.Max(1, sizes[queue]);
            ulong table = VirtioLayout.Descriptors(queue);
            Describe(table, first, place, (uint)length, Next, (ushort)second);
            Describe(table, second, answer, answerLength, Writable, 0);
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

    /// <summary>Any register, with any width.</summary>
    public void AccessAnything(FuzzScript script)
    {
        Span<byte> data = stackalloc byte[1 + (script.Byte() & 7)];
        ulong offset = script.Number(2) % (VirtioMmioTransport.Size - (ulong)data.Length);
        offset = script.Byte() < 224 ? offset & ~3UL : offset;
        if (script.Byte() < 224 && offset <= VirtioMmioTransport.Size - sizeof(uint))
        {
            data = stackalloc byte[sizeof(uint)];
        }

        if (script.Byte() % 2 == 0)
        {
            transport.Read(offset, data);
        }
        else
        {
            script.Fill(data);
            transport.Write(offset, data);
        }
    }

    public void AccessConfiguration(FuzzScript script)
    {
        Span<byte> data = stackalloc byte[1 + (script.Byte() & 7)];
        ulong offset = Register.Configuration
            + (script.Byte() % (VirtioMmioTransport.Size - Register.Configuration - (ulong)data.Length));
        transport.Read(offset, data);
        script.Fill(data);
        transport.Write(offset, data);
    }

    /// <summary>Any number to any place of the queues.</summary>
    public void SpoilMemory(FuzzScript script)
    {
        ulong place = VirtioLayout.Descriptors(script.Below(queues)) + (script.Number(2) % 0xff8);
        memory.Write(place, script.AnyNumber());
    }

    public void Write(ulong register, int value) => Write(register, (uint)value);

    private void Write(ulong register, uint value)
    {
        Span<byte> data = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        transport.Write(register, data);
    }

    private void SetUp(int queue, FuzzScript script)
    {
        available[queue] = 0;
        sizes[queue] = 1 << (script.Byte() & 3);
        memory.Write(VirtioLayout.Available(queue), 0U);
        Write(Register.QueueSelect, queue);
        Write(Register.QueueNum, script.Byte() < 248 ? (uint)sizes[queue] : (uint)script.Number(4));
        WriteAddress(Register.QueueDescLow, VirtioLayout.Descriptors(queue), script);
        WriteAddress(Register.QueueDriverLow, VirtioLayout.Available(queue), script);
        WriteAddress(Register.QueueDeviceLow, VirtioLayout.Used(queue), script);
        Write(Register.QueueReady, 1);
    }

    private void WriteAddress(ulong low, ulong right, FuzzScript script)
    {
        ulong address = script.Byte() < 252 ? right
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
