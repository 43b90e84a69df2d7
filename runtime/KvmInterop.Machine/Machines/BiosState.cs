using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Devices;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// What a PC's BIOS has set up when it starts a boot loader, for kernels that run without one. The values are
/// those of SeaBIOS, which most small kernels are tried with.
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class BiosState
{
    // Where the PICs' interrupts begin, and which of them are masked: all but timer, keyboard, cascade, floppy;
    // clock, mouse, coprocessor and disks.
    private const byte MasterVector = 0x08;
    private const byte SlaveVector = 0x70;
    private const byte MasterMask = 0xb8;
    private const byte SlaveMask = 0x8e;

    // 8259A's fourth initialization word: 8086 mode. ELCR: interrupts 10 and 11, which are PCI's, by level.
    private const byte NeedsFourWords = 1;
    private const byte LevelsOfPci = 0x0c;
    private const byte ElcrMaskMaster = 0xf8;
    private const byte ElcrMaskSlave = 0xde;

    // 8254: both bytes, rate generator, 65536 cycles, which are 18.2 interrupts a second; the others as a reset
    // leaves them in QEMU.
    private const byte RateGenerator = 2;
    private const byte SquareWave = 3;
    private const byte BothBytes = 3;
    private const uint LongestPeriod = 0x1_0000;

    // The local APIC's spurious interrupt vector register: software-enabled, vector 0xff (Intel SDM volume 3, 11.9);
    // its pins: the PICs' interrupts and NMIs, by level.
    private const int SpuriousVector = 0xf0;
    private const uint EnabledWithVector255 = 0x1ff;
    private const uint ByLevel = 1 << 15;

    // The BIOS data area: address of COM1, equipment (coprocessor, mouse, one serial port), KiB of memory,
    // segment of the extended area, which begins with its own size in KiB.
    private const ulong Com1At = 0x400;
    private const ushort Com1Port = 0x3f8;
    private const ulong ExtendedAreaAt = 0x40e;
    private const ulong EquipmentAt = 0x410;
    private const ushort Equipment = 1 << 1 | 1 << 2 | 1 << 9;
    private const ulong MemorySizeAt = 0x413;

    /// <summary>Sets devices up.</summary>
    internal static void Write(PcMachine machine, I8042 keyboard, bool hasPit)
    {
        SetPic(machine.Vm, KvmApi.KVM_IRQCHIP_PIC_MASTER, MasterVector, MasterMask, 0, ElcrMaskMaster);
        SetPic(machine.Vm, KvmApi.KVM_IRQCHIP_PIC_SLAVE, SlaveVector, SlaveMask, LevelsOfPci, ElcrMaskSlave);
        if (hasPit)
        {
            StartTimer(machine.Vm);
        }

        EnableLapic(machine.Loops[0].Vcpu);
        machine.Serial.SetUpAsBios();
        keyboard.SetUpAsBios();
    }

    /// <summary>Writes the data area and what serves interrupts: before a loader, whose image may lie over them.</summary>
    internal static void WriteMemory(GuestMemory memory, PcMemoryLayout layout)
    {
        BiosServices.Write(memory, layout);
        memory.Write(Com1At, Com1Port);
        memory.Write(ExtendedAreaAt, (ushort)(PcMemoryLayout.LowMemoryEnd >> 4));
        memory.Write(EquipmentAt, Equipment);
        memory.Write(MemorySizeAt, (ushort)(PcMemoryLayout.LowMemoryEnd >> 10));
        memory.Write(PcMemoryLayout.LowMemoryEnd, (ushort)1);
    }

    private static void SetPic(Vm vm, int chip, byte vector, byte mask, byte levels, byte levelsAllowed)
    {
        kvm_irqchip state = vm.GetIrqchip(chip);
        ref kvm_pic_state pic = ref state.chip.pic;
        pic.irq_base = vector;
        pic.imr = mask;
        pic.init4 = NeedsFourWords;
        pic.elcr = levels;
        pic.elcr_mask = levelsAllowed;
        vm.SetIrqchip(in state);
    }

    private static void StartTimer(Vm vm)
    {
        kvm_pit_state2 pit = vm.GetPit();
        pit.channels[0].mode = RateGenerator;
        pit.channels[0].rw_mode = BothBytes;
        pit.channels[0].read_state = BothBytes;
        pit.channels[0].write_state = BothBytes;
        pit.channels[0].gate = 1;
        pit.channels[0].count = LongestPeriod;
        pit.channels[1].mode = SquareWave;
        pit.channels[2].mode = SquareWave;
        vm.SetPit(in pit);
    }

    private static void EnableLapic(Vcpu vcpu)
    {
        kvm_lapic_state lapic = vcpu.GetLapic();
        LapicRegisters.Write(ref lapic, SpuriousVector, EnabledWithVector255);
        LapicRegisters.Write(ref lapic, PcCpu.Lint0, LapicRegisters.Read(in lapic, PcCpu.Lint0) | ByLevel);
        LapicRegisters.Write(ref lapic, PcCpu.Lint1, LapicRegisters.Read(in lapic, PcCpu.Lint1) | ByLevel);
        vcpu.SetLapic(in lapic);
    }
}
