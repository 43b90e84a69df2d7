using System.Runtime.CompilerServices;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using KvmInterop.Tests.Runtime.Machines;
using KvmInterop.Tests.Runtime.Threads;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Stress;

/// <summary>
/// The life of a VM with two vCPUs, a device, an eventfd and an event loop, to its end or to where it fails.
/// </summary>
internal static class VmCycle
{
    private const ulong Code = 0;
    private const byte Port = 0x40;
    private const byte EventPort = 0x50;

    // No machine has as many processors; the highest that an affinity can name.
    private const int NoSuchProcessor = 1023;

    private static readonly byte[] Guest = GuestMachine.Assemble(16, Code, guest =>
    {
        guest.@in(al, Port);
        guest.@out(EventPort, al);
        guest.hlt();
    });

    /// <summary>A cycle as it should be.</summary>
    public static void RunToTheEnd() => Assert.Equal(new VcpuStop.Halted(), Run(fail: null));

    /// <summary>A cycle that ends with an exception, which is the expected one.</summary>
    public static void FailAt(FailurePoint point)
    {
        if (point == FailurePoint.Forgotten)
        {
            Forget();
            return;
        }

        string expected = point switch
        {
            FailurePoint.AfterVm => nameof(NotSupportedException),
            FailurePoint.OverlappingMemory or FailurePoint.Registration =>
                nameof(InvalidOperationException),
            FailurePoint.Run or FailurePoint.Group => nameof(InvalidTimeZoneException),
            _ => nameof(KvmException),
        };
        Assert.Equal(expected, Record.Exception(() => Run(point))?.GetType().Name);
    }

    private static VcpuStop Run(FailurePoint? fail)
    {
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        if (fail == FailurePoint.AfterVm)
        {
            vm.Require((KvmCapability)ushort.MaxValue);
        }

        AddMemory(vm, fail);
        using EventLoop events = new();
        using IoEventFd bell = vm.CreateIoEventFd(IoEventSpace.Pio, EventPort);
        using EventRegistration rings = events.Add(bell.EventFd, _ => { });
        FailAtEventFds(vm, fail);
        PioBus pio = MakeBus(fail);
        using Vcpu first = CreateVcpu(vm, 0);
        using Vcpu second = CreateVcpu(vm, 1);
        if (fail == FailurePoint.Vcpu)
        {
            vm.CreateVcpu(1);
        }

        RunLoop loop = new(first, pio);
        if (fail == FailurePoint.Run)
        {
            return loop.Run();
        }

        using VcpuGroup group = new(loop);
        group.Add(new RunLoop(second, pio), new VcpuThreadOptions
        {
            Affinity = fail == FailurePoint.GroupStart ? [NoSuchProcessor] : null,
        });
        group.Start();
        return group.Wait().Stop;
    }

    private static void AddMemory(Vm vm, FailurePoint? fail)
    {
        // Of a size that footprints count, and without a page until it is touched.
        vm.AddMemory(Code, Footprint.MemorySize);
        vm.Memory.Write(Code, Guest);
        switch (fail)
        {
            case FailurePoint.Memory:
                vm.AddMemory(1UL << 63, Footprint.MemorySize);
                break;
            case FailurePoint.OverlappingMemory:
                vm.AddMemory(Code + 0x1000, 0x1000, new GuestMemoryOptions
                {
                    Backing = GuestMemoryBacking.Shared,
                });
                break;
        }
    }

    private static void FailAtEventFds(Vm vm, FailurePoint? fail)
    {
        switch (fail)
        {
            case FailurePoint.IrqFd:
                vm.CreateIrqFd(5);
                break;
            case FailurePoint.IoEventFd:
                vm.CreateIoEventFd(IoEventSpace.Pio, EventPort);
                break;
        }
    }

    private static PioBus MakeBus(FailurePoint? fail)
    {
        PioBus pio = new();
        pio.Register("device", Port, 1, new CallbackDevice(() =>
        {
            if (fail is not null)
            {
                throw new InvalidTimeZoneException();
            }
        }));
        if (fail == FailurePoint.Registration)
        {
            pio.Register("second", Port, 1, new CallbackDevice(() => { }));
        }

        return pio;
    }

    private static Vcpu CreateVcpu(Vm vm, uint number)
    {
        Vcpu vcpu = vm.CreateVcpu(number);
        kvm_sregs special = vcpu.GetSpecialRegisters();
        special.cs.@base = 0;
        special.cs.selector = 0;
        vcpu.SetSpecialRegisters(in special);
        vcpu.SetRegisters(new kvm_regs { rip = Code, rflags = 2 });
        return vcpu;
    }

    // Nothing that has a thread of its own, which would keep it alive: an event loop, a group.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget()
    {
        Kvm kvm = Kvm.Open();
        Vm vm = kvm.CreateVm();
        AddMemory(vm, fail: null);
        IoEventFd bell = vm.CreateIoEventFd(IoEventSpace.Pio, EventPort);
        RunLoop loop = new(CreateVcpu(vm, 0), MakeBus(fail: null));
        Assert.Equal(new VcpuStop.Halted(), loop.Run());
        Assert.True(bell.EventFd.TryTake(out _));
    }
}
