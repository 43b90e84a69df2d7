using KvmInterop.Native;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Machines;

/// <summary>
/// Guests that end badly, on the real KVM. (KVM_EXIT_FAIL_ENTRY is made by hand: see ExitReportTests.)
/// </summary>
public class FailureTests
{
    [SkippableFact]
    public void TripleFault_inGuest_isAShutDown()
    {
        using GuestMachine machine = GuestMachine.ProtectedModeWithoutInterrupts(guest =>
        {
            guest.ud2();
            guest.hlt();
        });

        VcpuStop stop = machine.Loop.Run();

        Assert.Equal(new VcpuStop.ShutDown(), stop);
        Assert.Equal("the guest shut down, on x86 by a triple fault (KVM_EXIT_SHUTDOWN)", stop.ToString());
    }

    [SkippableFact]
    public void Execution_outsideOfMemory_isAnInternalErrorWithItsData()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt());
        kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
        special.cs.@base = 0x100000; // Above the memory: KVM has no instruction to emulate there.
        machine.Vcpu.SetSpecialRegisters(in special);

        VcpuStop.InternalError stop = Assert.IsType<VcpuStop.InternalError>(machine.Loop.Run());

        Assert.Equal((uint)KvmApi.KVM_INTERNAL_ERROR_EMULATION, stop.SubError);
        Assert.Equal(KvmExitReason.KVM_EXIT_INTERNAL_ERROR, stop.ExitReason);
        Assert.StartsWith("KVM could not go on: it could not emulate an instruction", stop.ToString(),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Registers_thatCannotBe_areRefusedWithTheIoctlsName()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt());
        kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
        special.cr0 = 1UL << 31; // Paging without protected mode.

        KvmException e = Assert.Throws<KvmException>(() => machine.Vcpu.SetSpecialRegisters(in special));

        Assert.Equal(("KVM_SET_SREGS", "EINVAL", KvmFdKind.Vcpu), (e.Operation, e.ErrnoName, e.FileKind));
    }

    [SkippableFact]
    public void Vcpu_withAnIdTwice_isRefusedWithTheRemedy()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt());

        KvmException e = Assert.Throws<KvmException>(() => machine.Vm.CreateVcpu(0));

        Assert.Equal(
            "KVM_CREATE_VCPU (id 0) failed on the VM file with EEXIST, \"File exists\": the VM has a vCPU "
            + "with this id; give each vCPU its own",
            e.Message);
    }

    [SkippableFact]
    public void Memory_beyondThePhysicalLimit_isRefusedAndLeavesNothing()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt());

        KvmException e = Assert.Throws<KvmException>(() => machine.Vm.AddMemory(1UL << 63, 0x1000));

        Assert.Equal(("KVM_SET_USER_MEMORY_REGION", "EINVAL"), (e.Operation, e.ErrnoName));
        Assert.Single(machine.Vm.Memory.Regions);
    }

    [SkippableFact]
    public void Device_thatThrows_comesOutOfTheRun()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(0x40, al);
            guest.mov(al, 7);
            guest.@out(0x10, al);
            guest.hlt();
        });
        machine.Loop.Pio.Register("broken", 0x40, 1, new BrokenDevice());

        Exception e = Assert.Throws<InvalidTimeZoneException>(() => machine.Loop.Run());

        Assert.Equal("broken", e.Message);
        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());
        Assert.Equal(["w 0 07"], machine.Device.Log);
    }

    [SkippableFact]
    public void Open_noDevice_throwsTheRemedy()
    {
        KvmException missing = Assert.Throws<KvmException>(() => Kvm.Open("/nonexistent/kvm"));
        KvmException wrong = Assert.Throws<KvmException>(() => Kvm.Open("/dev/null"));

        Assert.Equal(("open", "ENOENT", null), (missing.Operation, missing.ErrnoName, missing.FileKind));
        Assert.StartsWith(
            "open (/nonexistent/kvm) failed with ENOENT", missing.Message, StringComparison.Ordinal);
        Assert.Equal(("KVM_GET_API_VERSION", "ENOTTY"), (wrong.Operation, wrong.ErrnoName));
        Assert.Contains("this file is not the KVM device", wrong.Message, StringComparison.Ordinal);
    }

    private sealed class BrokenDevice : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data) => throw new InvalidTimeZoneException("broken");

        public void Write(ulong offset, ReadOnlySpan<byte> data) =>
            throw new InvalidTimeZoneException("broken");
    }
}
