using Iced.Intel;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Block;
using KvmInterop.Tests.Machine.Virtio.Block;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;
using Register = KvmInterop.Machine.Virtio.VirtioMmioRegister;

namespace KvmInterop.Tests.Machine.Virtio;

/// <summary>A guest on KVM that drives a disk by itself, from the reset to the last used buffer.</summary>
public sealed class VirtioGuestTests
{
    // Beyond the guest's memory, within the 2 MiB that its page tables map.
    private const int Registers = 0x3_0000;
    private const int Descriptors = 0x4000;
    private const int Available = 0x4100;
    private const int Used = 0x4200;
    private const int Header = 0x4300;
    private const int Status = 0x4310;
    private const int Data = 0x5000;
    private const int Sectors = 8;

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Guest_disk_isReadThroughMmio(bool usesIoEvents)
    {
        using TemporaryFile file = new(64 * 512);
        byte[] content = File.ReadAllBytes(file.Path);
        using GuestMachine machine = GuestMachine.LongMode(Program);
        using EventLoop loop = new();
        Task running = loop.Start();
        InterruptRecorder line = new();
        using VirtioBlock disk = new(machine.Vm.Memory, loop, RawBlockImage.Open(file.Path));
        using VirtioMmioTransport transport = new(disk, line);
        int bells = 0;
        machine.Loop.Mmio.Register("disk", Registers, VirtioMmioTransport.Size, BusDevice.FromDelegates(
            transport.Read,
            (offset, data) =>
            {
                bells += offset == Register.QueueNotify ? 1 : 0;
                transport.Write(offset, data);
            }));
        if (usesIoEvents)
        {
            transport.UseIoEvents(machine.Vm, Registers);
        }

        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(1));
        VcpuStop stop = machine.Loop.Run(patience.Token);

        Assert.IsType<VcpuStop.Halted>(stop);
        byte[] read = new byte[Sectors * 512];
        machine.Vm.Memory.Read(Data, read);
        Assert.Equal(content.AsSpan(3 * 512, read.Length), read.AsSpan());
        Assert.Equal(0, machine.Vm.Memory.Read<byte>(Status));
        Assert.Equal((uint)(Sectors * 512) + 1, machine.Vm.Memory.Read<uint>(Used + 8));
        Assert.Equal(usesIoEvents ? 0 : 1, bells);
        Assert.True(line.Level);
        loop.Stop();
        await running;
    }

    // The steps of 3.1.1, one request for sectors 3 to 10, and then polling.
    private static void Program(Assembler a)
    {
        void Set(ulong register, uint value) => a.mov(__dword_ptr[rbx + (int)register], (int)value);

        void Describe(int index, int address, int length, int flags)
        {
            int place = Descriptors + (16 * index);
            a.mov(__dword_ptr[place], address);
            a.mov(__dword_ptr[place + 4], 0);
            a.mov(__dword_ptr[place + 8], length);
            a.mov(__dword_ptr[place + 12], flags | ((index + 1) << 16));
        }

        a.mov(rbx, (ulong)Registers);
        Set(Register.Status, 0);
        Set(Register.Status, 1);
        Set(Register.Status, 3);
        Set(Register.DriverFeaturesSelect, 1);
        Set(Register.DriverFeatures, (uint)(VirtioFeatures.Version1 >> 32));
        Set(Register.Status, 11);
        Set(Register.QueueSelect, 0);
        Set(Register.QueueNum, 4);
        Set(Register.QueueDescLow, Descriptors);
        Set(Register.QueueDriverLow, Available);
        Set(Register.QueueDeviceLow, Used);
        Set(Register.QueueReady, 1);
        Set(Register.Status, 15);

        Describe(0, Header, 16, DriverQueue.Next);
        Describe(1, Data, Sectors * 512, DriverQueue.Next | DriverQueue.Write);
        Describe(2, Status, 1, DriverQueue.Write);
        a.mov(__dword_ptr[Header], (int)DiskDriver.In);
        a.mov(__dword_ptr[Header + 8], 3);
        a.mov(__byte_ptr[Status], 0x77);

        // Ring entry 0 is descriptor 0; then the index, and the bell.
        a.mov(__word_ptr[Available + 4], 0);
        a.mov(__word_ptr[Available + 2], 1);
        Set(Register.QueueNotify, 0);
        a.AnonymousLabel();
        a.cmp(__word_ptr[Used + 2], 1);
        a.jne(a.B);
        a.hlt();
    }
}
