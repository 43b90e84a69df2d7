using System.Collections.Immutable;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Breakpoints over all vCPUs of a VM: inserts and removes them, steps over them, and shows memory as it is
/// without them.
/// </summary>
/// <remarks>
/// <para>Addresses are virtual: linear on x86. A software breakpoint is an instruction written into the
/// guest's memory (INT3, or BRK on arm64), found through the tables of one vCPU when it is inserted; it stays
/// at that physical place. A hardware breakpoint uses a debug register of every vCPU.</para>
/// <para>For one thread at a time, while no vCPU runs but the one that <see cref="Step"/> or
/// <see cref="Continue"/> is running.</para>
/// </remarks>
public sealed partial class GuestDebugger
{
    private readonly GuestMemory memory;
    private readonly ImmutableArray<Vcpu> vcpus;
    private readonly List<SoftwareBreakpoint> software = [];
    private ImmutableArray<HardwareBreakpoint> hardware = [];

    /// <summary>A debugger without breakpoints.</summary>
    /// <param name="memory">The VM's memory.</param>
    /// <param name="vcpus">All of its vCPUs. Not owned.</param>
    public GuestDebugger(GuestMemory memory, params IEnumerable<Vcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(vcpus);
        this.memory = memory;
        this.vcpus = [.. vcpus];
    }

    /// <summary>The debug registers in use, the same on every vCPU.</summary>
    public ImmutableArray<HardwareBreakpoint> Hardware => hardware;

    /// <summary>The addresses of the software breakpoints.</summary>
    public IEnumerable<ulong> Software => software.Select(one => one.Address);

    /// <summary>Puts a breakpoint into a debug register of every vCPU; nothing if it is there.</summary>
    /// <exception cref="ArgumentException">All registers are in use, or they cannot have this
    /// one.</exception>
    /// <exception cref="InvalidOperationException">A vCPU is running.</exception>
    /// <exception cref="KvmException">KVM_SET_GUEST_DEBUG failed.</exception>
    public void Insert(HardwareBreakpoint breakpoint)
    {
        if (!hardware.Contains(breakpoint))
        {
            Replace(hardware.Add(breakpoint));
        }
    }

    /// <summary>Takes a breakpoint out of the debug registers.</summary>
    /// <returns>False if there was none.</returns>
    /// <inheritdoc cref="Insert(HardwareBreakpoint)"/>
    public bool Remove(HardwareBreakpoint breakpoint)
    {
        bool isThere = hardware.Contains(breakpoint);
        if (isThere)
        {
            Replace(hardware.Remove(breakpoint));
        }

        return isThere;
    }

    /// <summary>Writes a breakpoint instruction into memory; nothing more if it is there.</summary>
    /// <param name="vcpu">The vCPU whose tables say where the address leads.</param>
    /// <param name="address">Of the first byte of an instruction: elsewhere it changes what the guest
    /// does.</param>
    /// <returns>False where the address is not mapped to memory.</returns>
    /// <exception cref="InvalidOperationException">A vCPU is running.</exception>
    /// <exception cref="KvmException">KVM_SET_GUEST_DEBUG failed.</exception>
    public bool InsertSoftware(Vcpu vcpu, ulong address)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        if (software.Exists(one => one.Address == address))
        {
            return true;
        }

        ReadOnlySpan<byte> instruction = BreakpointInstruction.Bytes;
        PageTranslation page = vcpu.CreatePageWalker(memory).Translate(address);
        byte[] original = new byte[instruction.Length];
        if (!page.IsMapped || address % (ulong)instruction.Length != 0
            || !TryReadPhysical(page.PhysicalAddress, original)
            || !memory.TryWrite(page.PhysicalAddress, instruction))
        {
            return false;
        }

        software.Add(new SoftwareBreakpoint(address, page.PhysicalAddress, original));
        ArmAll();
        return true;
    }

    /// <summary>Gives memory its own instruction back.</summary>
    /// <returns>False if there was no breakpoint.</returns>
    /// <exception cref="InvalidOperationException">A vCPU is running.</exception>
    /// <exception cref="KvmException">KVM_SET_GUEST_DEBUG failed.</exception>
    public bool RemoveSoftware(ulong address)
    {
        int index = software.FindIndex(one => one.Address == address);
        if (index < 0)
        {
            return false;
        }

        SoftwareBreakpoint gone = software[index];
        software.RemoveAt(index);

        // The same place may have a breakpoint by another address. Memory may have been removed meanwhile.
        if (!software.Exists(one => one.PhysicalAddress == gone.PhysicalAddress))
        {
            _ = memory.TryWrite(gone.PhysicalAddress, gone.Original);
        }

        ArmAll();
        return true;
    }

    /// <summary>Removes all breakpoints and ends debugging on every vCPU.</summary>
    /// <exception cref="InvalidOperationException">A vCPU is running.</exception>
    /// <exception cref="KvmException">KVM_SET_GUEST_DEBUG failed.</exception>
    public void Clear()
    {
        foreach (SoftwareBreakpoint one in software)
        {
            _ = memory.TryWrite(one.PhysicalAddress, one.Original);
        }

        software.Clear();
        hardware = [];
        ArmAll();
    }

    /// <summary>Sets one vCPU up for its next run, with all breakpoints (KVM_SET_GUEST_DEBUG).</summary>
    /// <param name="vcpu">Not running on another thread.</param>
    /// <param name="step">Whether it stops after one instruction. It does not step over a breakpoint at that
    /// instruction; <see cref="Step"/> does.</param>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public void Arm(Vcpu vcpu, bool step = false)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        vcpu.SetDebug(Settings(step, hardware));
    }

    /// <summary>
    /// Whether a stop belongs to this debugger. A breakpoint instruction that the guest has of its own does
    /// not: it is given to the guest, which should then run on.
    /// </summary>
    /// <param name="vcpu">The vCPU that stopped, on its thread or stopped.</param>
    /// <param name="happened">What it stopped for.</param>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public bool Claim(Vcpu vcpu, DebugEvent happened)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        if (happened.Kind != DebugEventKind.SoftwareBreakpoint || HasSoftware(vcpu.GetInstructionAddress()))
        {
            return true;
        }

        return !vcpu.TryInjectBreakpoint(Settings(step: false, hardware));
    }

    /// <summary>
    /// Turns a failure that is a software breakpoint into the stop that it stands for, and gives back any
    /// other stop as it is.
    /// </summary>
    /// <remarks>
    /// Where KVM emulates the guest's instruction it does not know INT3, and ends with
    /// KVM_EXIT_INTERNAL_ERROR and an exception for the guest, which is taken back here. Call it before a stop
    /// is looked at; <see cref="Step"/> and <see cref="Continue"/> have done so.
    /// </remarks>
    /// <param name="vcpu">The vCPU that stopped, on its thread or stopped.</param>
    /// <param name="stop">Why it stopped.</param>
    /// <exception cref="KvmException">An ioctl failed.</exception>
    public VcpuStop Recognize(Vcpu vcpu, VcpuStop stop)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        if (stop is not VcpuStop.InternalError { SubError: KvmApi.KVM_INTERNAL_ERROR_EMULATION })
        {
            return stop;
        }

        ulong address = vcpu.GetInstructionAddress();
        if (!HasSoftware(address))
        {
            return stop;
        }

        vcpu.DropException();
        return new VcpuStop.Debug(new DebugEvent(DebugEventKind.SoftwareBreakpoint, -1, address, 0));
    }

    private GuestDebug Settings(bool step, ImmutableArray<HardwareBreakpoint> registers) => new()
    {
        SingleStep = step,
        SoftwareBreakpoints = software.Count > 0,
        Hardware = registers,
    };

    private bool HasSoftware(ulong address) => software.Exists(one => one.Address == address);

    private void ArmAll()
    {
        foreach (Vcpu vcpu in vcpus)
        {
            Arm(vcpu);
        }
    }

    private void Replace(ImmutableArray<HardwareBreakpoint> changed)
    {
        ImmutableArray<HardwareBreakpoint> before = hardware;
        hardware = changed;
        try
        {
            ArmAll();
        }
        catch (ArgumentException)
        {
            // The registers cannot have it, which shows on the first vCPU, before any was changed.
            hardware = before;
            throw;
        }
    }

    private sealed record SoftwareBreakpoint(ulong Address, ulong PhysicalAddress, byte[] Original);
}
