using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Examples.SnapshotFork;

/// <summary>
/// A VM whose guest first fills a table, which takes its time, says that it is warm, and then answers one
/// request out of the table.
/// </summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal sealed class WarmGuest : IDisposable
{
    private const ulong Entry = 0x1000;
    private const ulong Request = 0x600;
    private const ulong TableAddress = 0x10000;
    private const int Words = 0x4000;
    private const byte WarmPort = 0x10;
    private const byte AnswerPort = 0x20;

    // A linear congruential generator (Knuth, The Art of Computer Programming, volume 2, 3.3.4).
    private const uint Multiplier = 1664525;
    private const uint Increment = 1013904223;

    private static readonly Lazy<uint[]> Table = new(MakeTable);

    private readonly Vm vm;
    private readonly Vcpu vcpu;
    private readonly RunLoop loop;

    // A VM made anew and one restored differ in where memory and registers come from.
    private WarmGuest(Kvm kvm, Action<Vm> addMemory, Action<Vm, Vcpu> setState)
    {
        vm = kvm.CreateVm();
        try
        {
            addMemory(vm);
            vcpu = vm.CreateVcpu();
            setState(vm, vcpu);
        }
        catch
        {
            Dispose();
            throw;
        }

        loop = new RunLoop(vcpu);
        loop.Pio.Register("warm", WarmPort, 1, BusDevice.FromDelegates(null, (_, _) => loop.Stop("warm")));
        loop.Pio.Register("answer", AnswerPort, 4, BusDevice.FromRegisters<uint>(
            null, (_, value) => loop.Stop(value)));
    }

    /// <summary>A VM at the program's start.</summary>
    public static WarmGuest Create(Kvm kvm, ulong memorySize) => new(
        kvm,
        vm =>
        {
            vm.AddMemory(0, memorySize);
            vm.Memory.Write(Entry, Program());
        },
        (_, vcpu) =>
        {
            kvm_sregs special = vcpu.GetSpecialRegisters();
            special.cs.@base = 0;
            special.cs.selector = 0;
            special.es.@base = TableAddress;
            special.es.selector = (ushort)(TableAddress >> 4);
            vcpu.SetSpecialRegisters(in special);

            // Bit 1 of the flags is always set on x86.
            vcpu.SetRegisters(new kvm_regs { rip = Entry, rflags = 2 });
        });

    /// <summary>A VM where the snapshot was, which shares the snapshot's memory until it writes to it.</summary>
    public static WarmGuest Fork(Kvm kvm, VmSnapshot snapshot) => new(
        kvm,
        vm => snapshot.RestoreMemory(vm.Memory, SnapshotMemory.CopyOnWrite),
        (vm, vcpu) => snapshot.RestoreState(kvm, vm, vcpu));

    /// <summary>What the guest must answer.</summary>
    public static uint Expected(uint request) => Table.Value[request % Words] + request;

    /// <summary>Runs until the guest is warm.</summary>
    /// <returns>Whether it came to that; not if it was asked to stop.</returns>
    public bool WarmUp(CancellationToken token) => Run(token) is "warm";

    /// <summary>Gives the guest its request, and runs until it has answered.</summary>
    /// <returns>Null if it was asked to stop.</returns>
    public uint? Answer(uint request, CancellationToken token)
    {
        vm.Memory.Write(Request, request);
        return (uint?)Run(token);
    }

    /// <summary>Saves it.</summary>
    public VmSnapshot Save(string folder, Kvm kvm) => VmSnapshot.Save(
        folder, kvm, vm, [vcpu], options: new SnapshotOptions { FlushToDisk = false });

    public void Dispose()
    {
        vcpu?.Dispose();
        vm.Dispose();
    }

    private object? Run(CancellationToken token) => loop.Run(token) switch
    {
        VcpuStop.ByDevice stop => stop.Reason,
        VcpuStop.Requested => null,
        VcpuStop other => throw GuestFailedException.Of(other, vcpu, vm.Memory),
    };

    private static uint[] MakeTable()
    {
        uint[] table = new uint[Words];
        uint value = 0;
        for (int i = 0; i < Words; i++)
        {
            value = (value * Multiplier) + Increment;
            table[i] = value;
        }

        return table;
    }

    private static byte[] Program() => GuestImage.Assemble(
        guest =>
        {
            Label next = guest.CreateLabel();
            guest.xor(eax, eax);
            guest.xor(di, di);
            guest.mov(cx, Words);
            guest.Label(ref next);
            guest.imul(eax, eax, (int)Multiplier);
            guest.add(eax, (int)Increment);
            guest.mov(__dword_ptr.es[di], eax);
            guest.add(di, sizeof(uint));
            guest.loop(next);
            guest.@out(WarmPort, al);

            // Here each fork goes on.
            guest.mov(ebx, __dword_ptr[(long)Request]);
            guest.mov(ecx, ebx);
            guest.and(ebx, Words - 1);
            guest.shl(ebx, 2);
            guest.mov(eax, __dword_ptr.es[bx]);
            guest.add(eax, ecx);
            guest.@out(AnswerPort, eax);
            guest.hlt();
        },
        Entry);
}
