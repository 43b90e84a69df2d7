using System.Runtime.InteropServices;
using KvmInterop.Native;
using KvmInterop.Native.Arm64;
using KvmInterop.Tests.Runtime.Bus;

namespace KvmInterop.Tests.Runtime.Machines.Arm64;

/// <summary>An arm64 VM with 64 KiB of memory, one vCPU, and a program at the memory's start.</summary>
internal sealed class Arm64Machine : IDisposable
{
    // Multiples of every page size that arm64 has.
    public const ulong Entry = 0x10000;
    public const ulong MemorySize = 0x10000;
    public const ulong Buffer = Entry + 0x8000;

    /// <summary>Where <see cref="Device"/> is.</summary>
    public const ulong MmioAddress = 0x40000;

    // Function ids of Arm's Power State Coordination Interface (DEN0022, 5.1), which are not KVM's.
    public const uint PsciSystemOff = 0x84000008;
    public const uint PsciSystemReset = 0x84000009;

    /// <param name="program">What the vCPU runs.</param>
    /// <param name="prepare">What the VM needs before its first vCPU.</param>
    public Arm64Machine(Action<A64> program, Action<Vm>? prepare = null)
    {
        Requires.Architecture(System.Runtime.InteropServices.Architecture.Arm64);
        Requires.Kvm();
        Kvm = Kvm.Open();
        Vm = Kvm.CreateVm();
        Vm.AddMemory(Entry, MemorySize);
        WriteCode(Entry, program);
        prepare?.Invoke(Vm);
        Vcpu = Vm.CreateVcpu();
        Vcpu.Initialize(KvmApi.KVM_ARM_VCPU_PSCI_0_2);
        Vcpu.SetRegister(Pc, Entry);
        Loop = new RunLoop(Vcpu);
        Loop.Mmio.Register("recorder", MmioAddress, 0x1000, Device);
    }

    public static ulong Pc => KvmApiArm64.ARM64_CORE_REG(kvm_regs_member.regs.pc);

    public Kvm Kvm { get; }

    public Vm Vm { get; }

    public Vcpu Vcpu { get; }

    public RunLoop Loop { get; }

    public RecordingDevice Device { get; } = new();

    public static ulong X(int number) => KvmApiArm64.ARM64_CORE_REG(kvm_regs_member.regs.regs[number]);

    public void WriteCode(ulong address, Action<A64> program)
    {
        A64 guest = new();
        program(guest);
        Vm.Memory.Write(address, MemoryMarshal.AsBytes<uint>(guest.Code));
    }

    public byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Vm.Memory.Read(address, bytes);
        return bytes;
    }

    public void Dispose()
    {
        Vcpu.Dispose();
        Vm.Dispose();
        Kvm.Dispose();
    }
}
