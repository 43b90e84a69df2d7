using System.Runtime.InteropServices;
using Iced.Intel;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Interrupts;

/// <summary>
/// A real-mode guest that takes interrupts: each handler tells its vector to a device and ends the interrupt.
/// </summary>
internal sealed class InterruptMachine : IBusDevice, IDisposable
{
    /// <summary>The vector of line 0 of the first 8259A.</summary>
    public const int FirstVector = 0x20;

    // Only so that a lost interrupt fails a test instead of hanging it; nothing is measured by it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What handlers and main program write to: the vector, and "nothing to do".
    private const byte TakenPort = 0xe0;
    private const byte IdlePort = 0xe1;
    private const int Handlers = 0x4000;
    private const int HandlerSize = 64;

    // Ports of the two 8259A (datasheet 231468) and of the level registers beside them.
    private const byte Pic = 0x20;
    private const byte PicData = 0x21;
    private const ushort LevelTriggered = 0x4d0;

    // Intel SDM volume 3, 10.4.3, 10.9 and 10.12: spurious vector register, end of interrupt.
    private const int SpuriousVector = 0xf0;
    private const int SoftwareEnable = 1 << 8;
    private const uint EndOfInterrupt = 0x80b;
    private const ulong X2Apic = 3 << 10;

    /// <param name="halts">Whether it halts between interrupts, or comes out to be idle without
    /// end.</param>
    /// <param name="levels">Lines 0 to 7 that are level-triggered.</param>
    /// <param name="prepare">What the VM needs; null for the controllers in the kernel.</param>
    /// <param name="begin">What the guest does first, before it lets interrupts in.</param>
    public InterruptMachine(
        bool halts = false, byte levels = 0, Action<Vm>? prepare = null, Action<Assembler>? begin = null)
    {
        Machine = GuestMachine.RealMode(
            guest =>
            {
                SetUpPic(guest, levels);
                begin?.Invoke(guest);
                guest.sti();
                Label again = guest.CreateLabel();
                guest.Label(ref again);
                if (halts)
                {
                    // An interrupt between the two would be taken, and the guest halt without having said so.
                    guest.cli();
                    guest.@out(IdlePort, al);
                    guest.sti();
                    guest.hlt();
                }
                else
                {
                    guest.@out(IdlePort, al);
                }

                guest.jmp(again);
            },
            prepare: prepare ?? (vm => vm.CreateIrqChip()));
        Machine.Loop.Pio.Register("taken", TakenPort, 2, this);
    }

    public GuestMachine Machine { get; }

    public Vm Vm => Machine.Vm;

    /// <summary>The vectors that came, in order.</summary>
    public List<int> Taken { get; } = [];

    /// <summary>Called after each; what it does counts before the guest ends the interrupt.</summary>
    public Action<int> OnTaken { get; set; } = _ => { };

    /// <summary>Called once, when the guest has set up its controller.</summary>
    public Action OnReady { get; set; } = () => { };

    /// <summary>Called each time that the guest has nothing to do.</summary>
    public Action OnIdle { get; set; } = () => { };

    /// <summary>Adds a handler that ends its interrupt at the 8259A.</summary>
    public void HandlePic(int vector) => Handle(vector, guest =>
    {
        guest.mov(al, 0x20);
        guest.@out(Pic, al);
    });

    /// <summary>Adds a handler that ends its interrupt at the local APIC.</summary>
    public void HandleApic(int vector) => Handle(vector, guest =>
    {
        guest.mov(ecx, EndOfInterrupt);
        guest.xor(eax, eax);
        guest.xor(edx, edx);
        guest.wrmsr();
    });

    /// <summary>Adds a handler.</summary>
    public void Handle(int vector, Action<Assembler> end)
    {
        ulong address = (ulong)(Handlers + (vector * HandlerSize));
        Machine.WriteCode(address, guest =>
        {
            guest.mov(al, (byte)vector);
            guest.@out(TakenPort, al);
            end(guest);
            guest.iret();
        });
        Vm.Memory.Write((ulong)vector * 4, (uint)address);
    }

    /// <summary>Switches the local APIC on, as firmware does, in the form that is reached by MSRs.</summary>
    public void EnableApic()
    {
        Machine.Vcpu.SetCpuid(Machine.Kvm.GetSupportedCpuid());
        kvm_sregs special = Machine.Vcpu.GetSpecialRegisters();
        special.apic_base |= X2Apic;
        Machine.Vcpu.SetSpecialRegisters(in special);
        Assert.Equal(0, Machine.Vcpu.Fd.GetLapic(out kvm_lapic_state lapic));
        Span<byte> registers = MemoryMarshal.AsBytes(new Span<kvm_lapic_state>(ref lapic));
        MemoryMarshal.Write(registers[SpuriousVector..], SoftwareEnable | 0xff);
        Assert.Equal(0, Machine.Vcpu.Fd.SetLapic(in lapic));
    }

    /// <summary>Runs until the loop is stopped by a callback.</summary>
    public void Run()
    {
        using CancellationTokenSource limit = new(Patience);
        VcpuStop stop = Machine.Loop.Run(limit.Token);
        Assert.Equal(new VcpuStop.Requested(), stop);
        Assert.False(limit.IsCancellationRequested, $"the guest took {Taken.Count} interrupts and no more");
    }

    /// <summary>Runs until as many have come, and then the guest has been idle twice.</summary>
    public void RunUntilTaken(int count)
    {
        int idle = 0;
        Action before = OnIdle;
        OnIdle = () =>
        {
            before();
            if (Taken.Count >= count && ++idle == 2)
            {
                Machine.Loop.Stop();
            }
        };
        Run();
        OnIdle = before;
    }

    public void Read(ulong offset, Span<byte> data) => data.Clear();

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset != 0)
        {
            OnReady();
            OnReady = () => { };
            OnIdle();
            return;
        }

        Taken.Add(data[0]);
        OnTaken(data[0]);
    }

    public void Dispose() => Machine.Dispose();

    // Initialization words 1 to 4: edge, cascaded; the first vector; the second on line 2; 8086 mode.
    private static void SetUpPic(Assembler guest, byte levels)
    {
        foreach ((byte port, byte value) in
            (ReadOnlySpan<(byte, byte)>)[(Pic, 0x11), (PicData, FirstVector), (PicData, 4), (PicData, 1),
                (PicData, 0)])
        {
            guest.mov(al, value);
            guest.@out(port, al);
        }

        guest.mov(dx, LevelTriggered);
        guest.mov(al, levels);
        guest.@out(dx, al);
    }
}
