using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>An arm64 guest with a GICv3, which tells a device the interrupts that it takes.</summary>
internal sealed class GicMachine : IBusDevice, IDisposable
{
    public const ulong Distributor = 0x0800_0000;
    public const ulong Redistributor = 0x080a_0000;
    public const uint Interrupts = 128;

    /// <summary>Shared interrupts 32 to 47 are edge-triggered here, 48 to 63 level-triggered.</summary>
    public const uint FirstShared = 32;

    // Only so that a lost interrupt fails a test instead of hanging it; nothing is measured by it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Registers of the GIC architecture (Arm IHI 0069, 12.1): offsets, and system registers by encoding.
    private const int EnableGroup1AndAffinity = 0x12;
    private const int Group = 0x80;
    private const int SetEnable = 0x100;
    private const int Configuration = 0xc00;
    private const int Waker = 0x14;
    private const ulong PrivateFrame = Redistributor + 0x10000;
    private static readonly (uint, uint, uint, uint) SystemRegisterEnable = (0, 12, 12, 5);
    private static readonly (uint, uint, uint, uint) PriorityMask = (0, 4, 6, 0);
    private static readonly (uint, uint, uint, uint) Group1Enable = (0, 12, 12, 7);
    private static readonly (uint, uint, uint, uint) Acknowledge = (0, 12, 12, 0);
    private static readonly (uint, uint, uint, uint) EndOfInterrupt = (0, 12, 12, 1);

    // Arm ARM, D1.10 (vectors, the one for interrupts) and D11 (the virtual timer).
    private static readonly (uint, uint, uint, uint) VectorBase = (0, 12, 0, 0);
    private static readonly (uint, uint, uint, uint) TimerControl = (3, 14, 3, 1);
    private static readonly (uint, uint, uint, uint) TimerValue = (3, 14, 3, 0);
    private const ulong Vectors = Arm64Machine.Entry + 0x4000;
    private const ulong InterruptVector = Vectors + 0x280;

    // What the handler and the main program write to.
    private const ulong TakenAddress = Arm64Machine.MmioAddress + 0x10000;
    private const int Idle = 8;
    private GicV3? gic;
    private int last;
    private int idle;

    /// <param name="timer">Ticks of the virtual timer until it interrupts; 0 leaves it off.</param>
    public GicMachine(ulong timer = 0)
    {
        Machine = new Arm64Machine(
            guest => Program(guest, timer),
            vm => gic = vm.CreateGicV3(
                Distributor, [new GicRedistributorRegion(Redistributor, 1)], Interrupts));
        Machine.WriteCode(InterruptVector, Handler);
        Machine.Loop.Mmio.Register("taken", TakenAddress, 0x1000, this);
        Gic.Initialize();
    }

    public Arm64Machine Machine { get; }

    public Vm Vm => Machine.Vm;

    public GicV3 Gic => gic!;

    /// <summary>The INTIDs that came, in order.</summary>
    public List<uint> Taken { get; } = [];

    public Action OnReady { get; set; } = () => { };

    /// <summary>Called after each; what it does counts before the guest ends the interrupt.</summary>
    public Action OnTaken { get; set; } = () => { };

    /// <summary>Runs until as many have come, and then the guest has been idle twice.</summary>
    public void RunUntilTaken(int count)
    {
        last = count;
        using CancellationTokenSource limit = new(Patience);
        VcpuStop stop = Machine.Loop.Run(limit.Token);
        Assert.Equal(new VcpuStop.Requested(), stop);
        Assert.False(limit.IsCancellationRequested, $"the guest took {Taken.Count} interrupts and no more");
    }

    public void Read(ulong offset, Span<byte> data) => data.Clear();

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset == 0)
        {
            Taken.Add(BitConverter.ToUInt32(data));
            idle = 0;
            OnTaken();
            return;
        }

        OnReady();
        OnReady = () => { };
        if (Taken.Count >= last && ++idle == 2)
        {
            Machine.Loop.Stop();
        }
    }

    public void Dispose()
    {
        gic?.Dispose();
        Machine.Dispose();
    }

    private static void Program(A64 guest, ulong timer)
    {
        guest.Move(1, Distributor);
        Store(guest, 1, 0, EnableGroup1AndAffinity);
        Store(guest, 1, Group + 4, uint.MaxValue);
        Store(guest, 1, SetEnable + 4, uint.MaxValue);
        Store(guest, 1, Configuration + 8, 0xaaaaaaaa);
        Store(guest, 1, Configuration + 12, 0);
        guest.Move(1, Redistributor);
        Store(guest, 1, Waker, 0);
        guest.Move(1, PrivateFrame);
        Store(guest, 1, Group, uint.MaxValue);
        Store(guest, 1, SetEnable, uint.MaxValue);
        foreach (((uint, uint, uint, uint) register, ulong value) in
            (ReadOnlySpan<((uint, uint, uint, uint), ulong)>)[(SystemRegisterEnable, 1), (PriorityMask, 0xff),
                (Group1Enable, 1), (VectorBase, Vectors), (TimerValue, timer),
                (TimerControl, timer == 0 ? 0ul : 1)])
        {
            guest.Move(2, value);
            guest.WriteSystem(register, 2);
        }

        guest.EnableInterrupts();
        guest.Move(3, TakenAddress);
        int again = guest.Here;
        guest.Store(4, 2, 3, Idle);
        guest.Branch(again);
    }

    private static void Handler(A64 guest)
    {
        guest.ReadSystem(Acknowledge, 10);

        // The timer's interrupt is a level: off before it is acknowledged, there would be none.
        guest.Move(11, 0);
        guest.WriteSystem(TimerControl, 11);
        guest.Move(11, TakenAddress);
        guest.Store(4, 10, 11);
        guest.WriteSystem(EndOfInterrupt, 10);
        guest.ReturnFromException();
    }

    private static void Store(A64 guest, int address, int offset, uint value)
    {
        guest.Move(2, value);
        guest.Store(4, 2, address, offset);
    }
}
