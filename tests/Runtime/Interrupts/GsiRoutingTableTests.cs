using KvmInterop.Native;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Runtime.Interrupts;

/// <summary>The table of interrupt numbers, and its copy of what the kernel has.</summary>
public class GsiRoutingTableTests
{
    [SkippableFact]
    public void Defaults_areKvmsOwn()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        Assert.Empty(vm.GsiRouting.Applied);

        vm.CreateIrqChip();

        IReadOnlyList<GsiRoute> routes = vm.GsiRouting.Applied;
        Assert.Equal(KvmApi.KVM_IOAPIC_NUM_PINS + 16, routes.Count);
        Assert.Contains(new GsiRoute.IrqChip(9, KvmApi.KVM_IRQCHIP_PIC_SLAVE, 1), routes);
        Assert.Contains(new GsiRoute.IrqChip(9, KvmApi.KVM_IRQCHIP_IOAPIC, 9), routes);
        Assert.Equal(routes, vm.GsiRouting.Routes);
        vm.GsiRouting.Apply(); // The kernel takes back what it made.
    }

    [SkippableFact]
    public void Add_whatCannotShareANumber_isRefused()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        GsiRoutingTable table = vm.GsiRouting;
        table.AddIrqChipRoute(4, KvmApi.KVM_IRQCHIP_IOAPIC, 4);
        table.AddIrqChipRoute(4, KvmApi.KVM_IRQCHIP_PIC_MASTER, 4);

        Exception message = Assert.Throws<InvalidOperationException>(() => table.AddMsiRoute(4, 0, 0));
        Assert.Throws<InvalidOperationException>(
            () => table.AddIrqChipRoute(4, KvmApi.KVM_IRQCHIP_IOAPIC, 5));
        Assert.Throws<InvalidOperationException>(() => table.Replace(
            [new GsiRoute.Msi(1, 0, 0), new GsiRoute.Msi(1, 0, 1)]));

        Assert.StartsWith("GSI 4 has the route ", message.Message, StringComparison.Ordinal);
        Assert.Equal(2, table.Routes.Count);
        table.Set(new GsiRoute.Msi(4, 0, 0));
        Assert.Equal([new GsiRoute.Msi(4, 0, 0)], table.Routes);
        Assert.True(table.Remove(4));
        Assert.False(table.Remove(4));
    }

    [SkippableFact]
    public void Apply_thatTheKernelRefuses_leavesWhatItHad()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        KvmException none = Assert.Throws<KvmException>(vm.GsiRouting.Apply);
        vm.CreateIrqChip();
        IReadOnlyList<GsiRoute> before = vm.GsiRouting.Applied;

        vm.GsiRouting.AddIrqChipRoute(100, KvmApi.KVM_IRQCHIP_IOAPIC, 99);
        KvmException e = Assert.Throws<KvmException>(vm.GsiRouting.Apply);

        Assert.Equal(("KVM_SET_GSI_ROUTING", "EINVAL"), (e.Operation, e.ErrnoName));
        Assert.Contains("an unknown type, chip or pin", e.Message, StringComparison.Ordinal);
        Assert.Equal("KVM_SET_GSI_ROUTING", none.Operation);
        Assert.Same(before, vm.GsiRouting.Applied);
        vm.GsiRouting.Revert();
        Assert.Equal(before, vm.GsiRouting.Routes);
        vm.GsiRouting.Clear();
        vm.GsiRouting.Apply();
        Assert.Empty(vm.GsiRouting.Applied);
        vm.GsiRouting.SetDefaults();
        Assert.Equal(before, vm.GsiRouting.Routes);
    }

    [SkippableFact]
    public void Allocate_byManyThreads_givesEachANumberOfItsOwn()
    {
        using Kvm kvm = Open();
        using Vm vm = kvm.CreateVm();
        vm.CreateIrqChip();
        vm.GsiRouting.AddMsiRoute(30, 0, 0);
        uint[] numbers = new uint[200];

        Parallel.For(0, numbers.Length, i =>
        {
            numbers[i] = vm.GsiRouting.Allocate();
            vm.GsiRouting.AddMsiRoute(numbers[i], 0xfee00000, (uint)i);
            vm.GsiRouting.Apply();
        });

        Assert.Equal(numbers.Length, numbers.Distinct().Count());
        Assert.All(numbers, gsi => Assert.True(gsi >= KvmApi.KVM_IOAPIC_NUM_PINS && gsi != 30));
        Assert.Equal(40 + 1 + numbers.Length, vm.GsiRouting.Applied.Count);
        vm.GsiRouting.Free(numbers[0]);
        Assert.DoesNotContain(vm.GsiRouting.Routes, route => route.Gsi == numbers[0]);
        Assert.Equal(numbers[0], vm.GsiRouting.Allocate());
        Assert.Throws<ArgumentException>(() => vm.GsiRouting.Free(5));
    }

    [Fact]
    public void Entries_ofEveryType_areReadBackAlike()
    {
        GsiRoute[] routes =
        [
            new GsiRoute.IrqChip(1, 2, 3),
            new GsiRoute.Msi(2, 0x1234_5678_9abc_def0, 0x41),
            new GsiRoute.Msi(3, 0xfee00000, 0x42, 77),
            new GsiRoute.HyperVSynic(4, 1, 15),
            new GsiRoute.XenEventChannel(5, 6, 7),
            new GsiRoute.S390Adapter(6, 0x1000, 0x2000, 3, 4, 5),
        ];

        Assert.Equal(routes, routes.Select(route => GsiRoute.FromEntry(route.ToEntry())));
        Assert.Throws<ArgumentException>(() => GsiRoute.FromEntry(default));
    }

    private static Kvm Open()
    {
        Requires.Architecture(Machine.X64);
        Requires.Kvm();
        return Kvm.Open();
    }
}
