using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.SnapshotGuest;

/// <summary>
/// An x86 VM with interrupt controllers and a timer in the kernel, one vCPU, and a port on which the guest
/// gives its result.
/// </summary>
public sealed class GuestVm : IDisposable
{
    /// <summary>Where the guest writes its 4 bytes.</summary>
    public const ushort ResultPort = 0x10;

    // Only so that a guest that lost its timer fails a test instead of hanging it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private GuestVm(Kvm kvm)
    {
        // This program has to do with x86 guests only; its callers skip elsewhere.
        Trace.Assert(RuntimeInformation.ProcessArchitecture == Architecture.X64);
        Vm = kvm.CreateVm();
    }

    /// <summary>The VM.</summary>
    public Vm Vm { get; }

    /// <summary>Its vCPU.</summary>
    public Vcpu Vcpu => Loop.Vcpu;

    /// <summary>What runs it.</summary>
    public RunLoop Loop { get; private set; } = null!;

    /// <summary>What the guest gave, if it is there yet.</summary>
    public uint? Result { get; private set; }

    /// <summary>A VM without memory content; the caller writes a program.</summary>
    public static GuestVm Create(Kvm kvm, ulong memorySize)
    {
        GuestVm guest = new(kvm);
        guest.Vm.AddMemory(0, memorySize);
        guest.AddChipsAndVcpu();
        return guest;
    }

    /// <summary>A VM that is where a snapshot was.</summary>
    public static GuestVm Restore(Kvm kvm, VmSnapshot snapshot, SnapshotMemory how)
    {
        GuestVm guest = new(kvm);
        snapshot.RestoreMemory(guest.Vm.Memory, how);
        guest.AddChipsAndVcpu();
        snapshot.RestoreState(kvm, guest.Vm, guest.Vcpu);
        return guest;
    }

    /// <summary>Runs the guest until it has a result.</summary>
    public uint RunToResult()
    {
        using CancellationTokenSource end = new(Patience);
        while (Result is null)
        {
            VcpuStop stop = Loop.Run(end.Token);
            if (stop is not VcpuStop.Requested || end.IsCancellationRequested)
            {
                throw new InvalidOperationException($"the guest came to no result: {stop}");
            }
        }

        return Result.Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Loop?.Vcpu.Dispose();
        Vm.Dispose();
    }

    private void AddChipsAndVcpu()
    {
        Vm.CreateIrqChip();
        Vm.CreatePit();
        Loop = new RunLoop(Vm.CreateVcpu());
        Loop.Pio.Register("result", ResultPort, 4, new ResultDevice(this));
    }

    private sealed class ResultDevice(GuestVm guest) : IBusDevice
    {
        public void Read(ulong offset, Span<byte> data) => data.Fill(byte.MaxValue);

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
            if (data.Length == sizeof(uint))
            {
                guest.Result = BinaryPrimitives.ReadUInt32LittleEndian(data);
                guest.Loop.Stop();
            }
        }
    }
}
