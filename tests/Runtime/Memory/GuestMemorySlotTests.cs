using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Memory;

/// <summary>Regions as memory slots of a VM, on the real KVM.</summary>
public class GuestMemorySlotTests
{
    private const ulong Address = GuestMachine.MmioAddress;
    private const long Byte = (long)Address;

    [SkippableFact]
    public void ReadOnly_guestReadsAndItsWritesAreMmio()
    {
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            guest.mov(al, __byte_ptr[Byte]);
            guest.@out(0x10, al);
            guest.mov(__byte_ptr[Byte + 1], al);
            guest.hlt();
        });
        machine.Vm.AddMemory(Address, 0x1000, new() { IsReadOnly = true });
        machine.Vm.Memory.Write(Address, (byte)0x5a);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(["w 0 5a", "w 1 5a"], machine.Device.Log);
        Assert.Equal(0, machine.Vm.Memory.Read<byte>(Address + 1));
    }

    [SkippableTheory]
    [InlineData("anonymous")]
    [InlineData("shared")]
    [InlineData("private file")]
    [InlineData("shared file")]
    [InlineData("guest_memfd")]
    public void Backing_ofEachKind_isReadAndWrittenByTheGuest(string kind)
    {
        const ulong Size = 0x40_0000;
        const long Last = (long)(0x40_0000 + Size - 8);
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, new byte[Size]);
        using GuestMachine machine = GuestMachine.LongMode(guest =>
        {
            // The first entry of the table of 2 MiB pages is there; this is the one for Last.
            guest.mov(__qword_ptr[0xc000 + (8 * (Last >> 21))], (int)((Last & ~0x1f_ffff) | 0x83));
            guest.mov(rbx, Last);
            guest.mov(rax, __qword_ptr[rbx]);
            guest.add(rax, 1);
            guest.mov(__qword_ptr[rbx], rax);
            guest.hlt();
        });
        GuestMemoryBacking backing = kind switch
        {
            "shared" => GuestMemoryBacking.Shared,
            "private file" => GuestMemoryBacking.PrivateFile(file),
            "shared file" => GuestMemoryBacking.SharedFile(file),
            "guest_memfd" => GuestMemfd(machine.Vm),
            _ => GuestMemoryBacking.Anonymous,
        };
        GuestMemoryRegion region = machine.Vm.AddMemory(0x40_0000, Size, new() { Backing = backing });
        machine.Vm.Memory.Write(Last, 41UL);

        Assert.Equal(new VcpuStop.Halted(), machine.Loop.Run());

        Assert.Equal(42UL, machine.Vm.Memory.Read<ulong>(Last));
        Assert.Equal(kind == "shared file" ? 42 : 0, File.ReadAllBytes(file)[Size - 8]);
        Assert.Equal(kind is "shared" or "guest_memfd", region.File is not null);
        File.Delete(file);
    }

    [SkippableFact]
    public void GuestMemfd_readOnly_isRefused()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        GuestMemoryOptions options = new() { Backing = GuestMemfd(vm), IsReadOnly = true };

        Exception e = Assert.Throws<ArgumentException>(() => vm.AddMemory(0, 0x10000, options));

        Assert.Contains("guest_memfd cannot be read-only", e.Message, StringComparison.Ordinal);
        Assert.Empty(vm.Memory.Regions);
    }

    [Fact]
    public void GuestMemfd_withoutVm_isRefused()
    {
        using GuestMemory memory = new();

        Exception e = Assert.Throws<InvalidOperationException>(
            () => memory.Add(0, 0x10000, new() { Backing = GuestMemoryBacking.GuestMemfd }));

        Assert.Contains("belongs to a VM", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void SetMemoryAttributes_unknownToTheVm_isRefused()
    {
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();

        Assert.Throws<NotSupportedException>(() => vm.SetMemoryAttributes(0, 0x1000, 1UL << 63));
    }

    [SkippableFact]
    public void Add_moreThanSlotsThereAre_isRefusedUntilOneIsFree()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        ulong page = (ulong)Environment.SystemPageSize;
        GuestMemoryRegion first = vm.AddMemory(0, page);
        vm.AddMemory(2 * page, page);

        // As if KVM had no more: to fill the 32,764 of x86 takes half a minute.
        ((VmHandle)vm.Handle).MostSlots = 2;

        Exception e = Assert.Throws<InvalidOperationException>(() => vm.AddMemory(4 * page, page));
        Assert.Contains("all 2 memory slots", e.Message, StringComparison.Ordinal);

        vm.Memory.Remove(first);
        Assert.Equal(first.Slot, vm.AddMemory(4 * page, page).Slot);
    }

    [SkippableFact]
    public void Add_morePagesThanASlotHas_isRefusedWithTheRemedy()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        ulong page = (ulong)Environment.SystemPageSize;

        Exception e = Assert.Throws<ArgumentException>(() => vm.AddMemory(0, page << 31));

        Assert.Contains("add two regions that touch", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Add_aboveThePhysicalAddressLimit_saysSo()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();

        KvmException e = Assert.Throws<KvmException>(() => vm.AddMemory(1UL << 63, 0x10000));

        Assert.Equal("KVM_SET_USER_MEMORY_REGION", e.Operation);
        Assert.Contains("0x10000 bytes at 0x8000000000000000", e.Message, StringComparison.Ordinal);
        Assert.Empty(vm.Memory.Regions);
        vm.AddMemory(0, 0x10000);
    }

    private static GuestMemoryBacking GuestMemfd(Vm vm)
    {
        Skip.If(
            vm.CheckExtension(KvmCapability.KVM_CAP_GUEST_MEMFD) == 0, "needs a kernel with guest_memfd");
        return GuestMemoryBacking.GuestMemfd;
    }
}
