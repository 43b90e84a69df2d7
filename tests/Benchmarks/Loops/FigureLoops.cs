using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>The guest writes a byte to a UART whose output goes nowhere.</summary>
internal sealed class SerialLoop : ILoop, IInterruptLine, IByteOutput
{
    private const ushort FirstPort = 0x3f8;
    private const int Ports = 8;

    private readonly PioBus bus = new();

    public SerialLoop() => bus.Register("serial", FirstPort, Ports, new Serial16550(this, this));

    public void Run(long count)
    {
        Span<byte> data = [(byte)'x'];
        for (long i = 0; i < count; i++)
        {
            bus.Write(FirstPort, data);
        }
    }

    public void SetLevel(bool level)
    {
    }

    public void Write(ReadOnlySpan<byte> data)
    {
    }
}

/// <summary>Numbers of 8 bytes by guest-physical address, each checked.</summary>
internal sealed class MemoryReadLoop : ILoop, IDisposable
{
    private const ulong Size = 1 << 20;

    private readonly GuestMemory memory = new();
    private ulong sum;

    public MemoryReadLoop()
    {
        memory.Add(0, Size);
        memory.Add(2 * Size, Size);
    }

    public void Run(long count)
    {
        for (long i = 0; i < count; i++)
        {
            sum += memory.Read<ulong>((2 * Size) + ((ulong)i * sizeof(ulong) % Size));
        }
    }

    public void Dispose() => memory.Dispose();
}

/// <summary>A page out of guest memory.</summary>
internal sealed class MemoryCopyLoop : ILoop, IDisposable
{
    private const ulong Size = 1 << 20;
    private const int PageSize = 4096;

    private readonly GuestMemory memory = new();
    private readonly byte[] page = new byte[PageSize];

    public MemoryCopyLoop()
    {
        memory.Add(0, Size);
        memory.Fill(0, Size, 1);
    }

    public void Run(long count)
    {
        for (long i = 0; i < count; i++)
        {
            memory.Read((ulong)i * PageSize % Size, page);
        }
    }

    public void Dispose() => memory.Dispose();
}

/// <summary>What was written of 4 GiB is taken from KVM and looked through, one page being dirty.</summary>
internal sealed class DirtyScanLoop : ILoop, IDisposable
{
    private const ulong Size = 4UL << 30;

    private readonly Vm vm = BenchMachine.Kvm.CreateVm();
    private readonly DirtyTracker tracker;

    public DirtyScanLoop()
    {
        vm.AddMemory(0, Size);
        tracker = vm.TrackDirtyPages();
        tracker.Harvest();
    }

    public void Run(long count)
    {
        for (long i = 0; i < count; i++)
        {
            vm.Memory.Write(Size / 2, (ulong)i);
            Check.That(tracker.Harvest().Size == (ulong)Environment.SystemPageSize, "a harvest of one page");
        }
    }

    public void Dispose()
    {
        tracker.Dispose();
        vm.Dispose();
    }
}

/// <summary>A guest with 64 MiB in use is saved; the files stay in the host's cache.</summary>
internal sealed class SnapshotSaveLoop : ILoop, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kvminterop-bench-");
    private readonly BenchMachine machine = WarmGuest.Start(WarmGuest.MakeImage());

    public void Run(long count)
    {
        for (long i = 0; i < count; i++)
        {
            VmSnapshot.Save(
                Path.Combine(folder.FullName, "guest"), BenchMachine.Kvm, machine.Vm, [machine.Vcpu],
                options: new SnapshotOptions { FlushToDisk = false });
        }
    }

    public void Dispose()
    {
        machine.Dispose();
        folder.Delete(recursive: true);
    }
}
