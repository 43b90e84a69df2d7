using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A virtual machine: guest memory and vCPUs.</summary>
/// <remarks>
/// All members may be called from any thread. The kernel's VM lives until the last of its vCPUs is disposed,
/// in whatever order the objects are; so does the guest's memory.
/// </remarks>
public sealed partial class Vm : IDisposable
{
    private readonly VmHandle handle;
    private readonly int vcpuMapSize;
    private readonly int kickSignal;
    private readonly WeakSet<Vm>.Place seenByMeter;

    internal Vm(VmHandle handle, int vcpuMapSize, int kickSignal)
    {
        this.handle = handle;
        this.vcpuMapSize = vcpuMapSize;
        this.kickSignal = kickSignal;
        Memory = new GuestMemory(handle);
        GsiRouting = new GsiRoutingTable(handle);
        seenByMeter = KvmLifetime.Created(this);
    }

    /// <summary>
    /// The file's typed descriptor, for generated calls. Not owned: this object must stay alive.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public KvmVmFd Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle.IsClosed, this);
            return handle.Fd;
        }
    }

    /// <summary>
    /// The owner of the VM's file. A reference to it (<see cref="SafeHandle.DangerousAddRef"/>) also keeps
    /// guest memory mapped: code that makes vCPUs or devices of its own through <see cref="Fd"/> must hold
    /// one for them.
    /// </summary>
    public SafeHandle Handle => handle;

    /// <summary>The guest's physical memory. Empty at first; disposed with this object.</summary>
    public GuestMemory Memory { get; }

    /// <summary>Asks for a capability of this VM (KVM_CHECK_EXTENSION on the VM file).</summary>
    /// <returns>As <see cref="Kvm.CheckExtension"/>, for this VM's type and set-up.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int CheckExtension(KvmCapability capability) => handle.CheckExtension(capability);

    /// <summary>As <see cref="CheckExtension"/>, but insists on the capability.</summary>
    /// <exception cref="NotSupportedException">This VM lacks it.</exception>
    /// <inheritdoc cref="CheckExtension"/>
    public int Require(KvmCapability capability) => handle.Require(capability);

    /// <summary>Adds guest memory: short for <c>Memory.Add</c>.</summary>
    /// <inheritdoc cref="GuestMemory.Add"/>
    public GuestMemoryRegion AddMemory(ulong address, ulong size, GuestMemoryOptions? options = null) =>
        Memory.Add(address, size, options);

    /// <summary>Makes a vCPU (KVM_CREATE_VCPU) and maps its <c>kvm_run</c>.</summary>
    /// <param name="id">Its own in this VM, below what KVM_CAP_MAX_VCPU_ID says; on x86 the APIC id.</param>
    /// <exception cref="KvmException">KVM_CREATE_VCPU or mmap failed.</exception>
    public Vcpu CreateVcpu(uint id = 0) => new(VcpuHandle.Create(handle, id, vcpuMapSize), id, kickSignal);

    /// <summary>Closes the VM's file and ends the host's access to <see cref="Memory"/>.</summary>
    /// <remarks>
    /// vCPUs are not stopped: they keep the kernel's VM and its memory until they are disposed.
    /// </remarks>
    public void Dispose()
    {
        Memory.Dispose();
        if (!handle.IsClosed)
        {
            KvmLifetime.Disposed(this, seenByMeter);
        }

        handle.Dispose();
    }
}
