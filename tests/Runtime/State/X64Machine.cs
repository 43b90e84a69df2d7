using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>An x86 VM with memory, interrupt controllers and a timer in the kernel, and vCPUs.</summary>
internal sealed class X64Machine : IDisposable
{
    public const ulong MemorySize = 0x10000;

    public X64Machine(int vcpus = 1, bool hasChips = true, bool split = false)
    {
        Requires.Architecture(Machine.X64);
        Requires.Kvm();
        Kvm = Kvm.Open();
        Vm = Kvm.CreateVm();
        Vm.AddMemory(0, MemorySize);
        if (split)
        {
            Vm.EnableSplitIrqChip();
        }
        else if (hasChips)
        {
            Vm.CreateIrqChip();
            Vm.CreatePit();
        }

        CpuidTable cpuid = CpuidTable.From(Kvm.GetSupportedCpuid()).WithTscDeadlineTimer();
        Vcpus = [.. Enumerable.Range(0, vcpus).Select(id => Vm.CreateVcpu((uint)id))];
        foreach (Vcpu vcpu in Vcpus)
        {
            vcpu.SetCpuid(cpuid.WithTopology(vcpu.Id, vcpus));
        }
    }

    public Kvm Kvm { get; }

    public Vm Vm { get; }

    public Vcpu[] Vcpus { get; }

    public Vcpu Vcpu => Vcpus[0];

    public void Dispose()
    {
        foreach (Vcpu vcpu in Vcpus)
        {
            vcpu.Dispose();
        }

        Vm.Dispose();
        Kvm.Dispose();
    }
}
