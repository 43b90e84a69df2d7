namespace KvmInterop;

/// <summary>What a section of a saved state holds. The numbers are in files: never change one.</summary>
internal enum StateSection : uint
{
    /// <summary>The vCPU's id, 4 bytes.</summary>
    VcpuId = 1,

    /// <summary><c>kvm_mp_state</c>.</summary>
    MpState = 2,

    /// <summary>Registers by id: 8 bytes of id, then as many bytes as the id tells, and so on.</summary>
    Registers = 3,

    /// <summary>The whole state of a vCPU; the instance is its position.</summary>
    Vcpu = 4,

    /// <summary><c>kvm_irq_routing_entry</c>s: where each interrupt number goes.</summary>
    GsiRoutes = 5,

    X64Cpuid = 0x100,
    X64TscKhz = 0x101,
    X64MachineChecks = 0x102,
    X64SpecialRegisters = 0x103,
    X64SpecialRegisters2 = 0x104,
    X64Xsave = 0x105,
    X64ExtendedControlRegisters = 0x106,
    X64Lapic = 0x107,
    X64Msrs = 0x108,
    X64NestedState = 0x109,
    X64Registers = 0x10a,
    X64DebugRegisters = 0x10b,
    X64Events = 0x10c,

    /// <summary><c>kvm_irqchip</c>; the instance is the chip's number.</summary>
    X64Irqchip = 0x180,
    X64Pit = 0x181,
    X64Clock = 0x182,

    Arm64Events = 0x200,

    /// <summary>What a GICv3 was made with, and its revision: 4 bytes each.</summary>
    Arm64Gic = 0x280,

    /// <summary>The registers and line levels of a GICv3, by the list of <c>GicV3Registers</c>.</summary>
    Arm64GicDistributor = 0x281,

    /// <summary>A redistributor's registers and line levels; the instance is the vCPU's position.</summary>
    Arm64GicRedistributor = 0x282,

    /// <summary>A CPU interface's system registers; the instance is the vCPU's position.</summary>
    Arm64GicCpu = 0x283,

    /// <summary>An ITS's address and registers; the instance counts them.</summary>
    Arm64Its = 0x284,
}
