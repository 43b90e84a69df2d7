using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>
/// A <see cref="GicMachine"/> with an ITS, which takes one message as the first LPI: set up from outside, as a
/// guest's driver would.
/// </summary>
internal sealed class ItsMachine : IDisposable
{
    public const uint FirstLpi = 8192;
    public const ulong Tables = 0x10_0000;
    public const int TablesSize = 0x10_0000;

    private const ulong Address = 0x0808_0000;
    private const ulong Translater = Address + 0x10040;
    private const uint DeviceId = 3;
    private const ulong Valid = 1ul << 63;
    private const ulong Page64K = 2 << 8; // GITS_BASER.Page_Size

    // Each on 64 KiB of its own.
    private const ulong DeviceTable = Tables;
    private const ulong CollectionTable = Tables + 0x1_0000;
    private const ulong TranslationTable = Tables + 0x2_0000;
    private const ulong CommandQueue = Tables + 0x3_0000;
    private const ulong ConfigurationTable = Tables + 0x4_0000;
    private const ulong PendingTable = Tables + 0x5_0000;

    private readonly GicIts its;

    public ItsMachine()
    {
        Machine = new GicMachine();
        Machine.Vm.AddMemory(Tables, TablesSize);
        its = Machine.Vm.CreateGicIts(Address);
    }

    public GicMachine Machine { get; }

    /// <summary>Maps the message to <see cref="FirstLpi"/> on the vCPU, and lets LPIs in.</summary>
    public void SetUp()
    {
        const uint Priority = 0xa0;
        Machine.Vm.Memory.Write(ConfigurationTable, (byte)(Priority | 1));
        SetRedistributor(0x70, ConfigurationTable | 13); // GICR_PROPBASER: ids of 14 bits.
        SetRedistributor(0x78, PendingTable); // GICR_PENDBASER
        Machine.Gic.SetRedistributorRegister(0, 0, 1); // GICR_CTLR.EnableLPIs
        its.SetRegister(0x100, Valid | DeviceTable | Page64K);
        its.SetRegister(0x108, Valid | CollectionTable | Page64K);
        its.SetRegister(0x80, Valid | CommandQueue); // GITS_CBASER
        its.SetRegister(0, 1); // GITS_CTLR.Enabled

        // IHI 0069, 5.3: MAPD with one bit of events, MAPC of collection 0 to vCPU 0, MAPTI of event 0.
        ulong[] commands =
        [
            0x08 | (ulong)DeviceId << 32, 0, Valid | TranslationTable, 0,
            0x09, 0, Valid, 0,
            0x0a | (ulong)DeviceId << 32, (ulong)FirstLpi << 32, 0, 0,
        ];
        Machine.Vm.Memory.Write(CommandQueue, MemoryMarshal.AsBytes<ulong>(commands));
        its.SetRegister(0x88, (ulong)commands.Length * sizeof(ulong)); // GITS_CWRITER
    }

    public bool Signal() => Machine.Vm.SignalMsi(Translater, 0, DeviceId);

    public void CopyMemoryFrom(ItsMachine other)
    {
        foreach (GuestMemoryRegion region in other.Machine.Vm.Memory.Regions)
        {
            byte[] bytes = new byte[region.Size];
            other.Machine.Vm.Memory.Read(region.Address, bytes);
            Machine.Vm.Memory.Write(region.Address, bytes);
        }
    }

    public void Dispose()
    {
        its.Dispose();
        Machine.Dispose();
    }

    private void SetRedistributor(uint offset, ulong value)
    {
        Machine.Gic.SetRedistributorRegister(0, offset, (uint)value);
        Machine.Gic.SetRedistributorRegister(0, offset + 4, (uint)(value >> 32));
    }
}
