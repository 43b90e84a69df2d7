using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// KVM on this machine: the open <c>/dev/kvm</c>, which tells what it can do and makes VMs.
/// </summary>
/// <remarks>
/// All members may be called from any thread. VMs do not need it once they are made; it may be disposed
/// before them.
/// </remarks>
public sealed partial class Kvm : IDisposable
{
    /// <summary>Where Linux has the device.</summary>
    public const string DefaultDevicePath = "/dev/kvm";

    private readonly KvmHandle handle;
    private readonly int kickSignal;

    private Kvm(KvmHandle handle, int kickSignal)
    {
        this.handle = handle;
        this.kickSignal = kickSignal;
    }

    /// <summary>
    /// The file's typed descriptor, for generated calls. Not owned: this object must stay alive.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public KvmSystemFd Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle.IsClosed, this);
            return handle.Fd;
        }
    }

    /// <summary>The owner of the file, for code that must keep it open by a reference.</summary>
    public SafeHandle Handle => handle;

    /// <summary>
    /// Bytes to map for each vCPU's <c>kvm_run</c> (KVM_GET_VCPU_MMAP_SIZE): the structure, and behind it the
    /// data of port I/O and the rings that the kernel has.
    /// </summary>
    public int VcpuMapSize { get; private init; }

    /// <summary>Opens KVM and makes sure that it speaks the API that this library was built for.</summary>
    /// <param name="devicePath">The device file.</param>
    /// <exception cref="KvmException">It cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="NotSupportedException">
    /// KVM_GET_API_VERSION is not KVM_API_VERSION, or this system is not Linux.
    /// </exception>
    public static Kvm Open(string devicePath = DefaultDevicePath) =>
        Open(new KvmOptions { DevicePath = devicePath });

    /// <summary>As <see cref="Open(string)"/>, with all options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The signal is not one that a program may
    /// use.</exception>
    /// <exception cref="InvalidOperationException">The program has a handler for the signal.</exception>
    /// <inheritdoc cref="Open(string)"/>
    public static Kvm Open(KvmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("KVM is a part of Linux; run this on a Linux machine");
        }

        int kickSignal = Signals.Prepare(options.KickSignal);
        int fd = Libc.Open(options.DevicePath, Libc.OpenReadWrite | Libc.OpenCloseOnExec);
        if (fd < 0)
        {
            KvmException.ThrowForLastError("open", null, options.DevicePath);
        }

        KvmHandle handle = new(fd);
        try
        {
            CheckVersion(handle.Fd, options.DevicePath);
            return new Kvm(handle, kickSignal)
            {
                VcpuMapSize = KvmException.ThrowIfError(
                    handle.Fd.GetVcpuMmapSize(), "KVM_GET_VCPU_MMAP_SIZE", KvmFdKind.System),
            };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Asks for a capability (KVM_CHECK_EXTENSION).</summary>
    /// <returns>
    /// 0: not there. Otherwise 1, or what the capability's document says: a number of vCPUs, a size in bytes,
    /// a bit mask, a page offset. A VM may have other numbers: <see cref="Vm.CheckExtension"/>.
    /// </returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int CheckExtension(KvmCapability capability)
    {
        using Held<KvmHandle> held = new(handle);
        return KvmException.ThrowIfError(
            handle.Fd.CheckExtension((nuint)capability), "KVM_CHECK_EXTENSION", KvmFdKind.System);
    }

    /// <summary>As <see cref="CheckExtension"/>, but insists on the capability.</summary>
    /// <exception cref="NotSupportedException">This KVM lacks it.</exception>
    /// <inheritdoc cref="CheckExtension"/>
    public int Require(KvmCapability capability)
    {
        int value = CheckExtension(capability);
        return value > 0 ? value : throw MissingCapability(capability);
    }

    /// <summary>Makes a VM without memory and vCPUs (KVM_CREATE_VM).</summary>
    /// <param name="machineType">0 for the architecture's default; see KVM_CREATE_VM in the kernel's
    /// document.</param>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public Vm CreateVm(ulong machineType = 0)
    {
        using KvmOperation? operation = KvmOperation.Begin("create VM", "");
        using Held<KvmHandle> held = new(handle);
        int fd;
        do
        {
            fd = handle.Fd.CreateVm((nuint)machineType);
        }
        while (fd < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR); // A signal may interrupt it half-way.

        KvmException.ThrowIfError(fd, "KVM_CREATE_VM", KvmFdKind.System);
        Vm vm = new(new VmHandle(fd), VcpuMapSize, kickSignal);
        if (operation is not null)
        {
            operation.Vm = vm.Name;
            operation.End("created");
        }

        return vm;
    }

    /// <summary>Closes the device. VMs made from it live on.</summary>
    public void Dispose() => handle.Dispose();

    internal static NotSupportedException MissingCapability(KvmCapability capability) => new(
        $"this kernel's KVM lacks {KvmNames.Capability((int)capability) ?? $"capability {(int)capability}"}; "
        + "run a newer kernel, or a machine whose processor has it");

    private static void CheckVersion(KvmSystemFd fd, string devicePath)
    {
        int version = KvmException.ThrowIfError(
            fd.GetApiVersion(), "KVM_GET_API_VERSION", KvmFdKind.System, devicePath);
        if (version != KvmApi.KVM_API_VERSION)
        {
            // The number has stood since Linux 2.6.24; api.rst, 4.1, tells programs to refuse any other.
            throw new NotSupportedException(
                $"{devicePath} speaks KVM API {version}, and this program {KvmApi.KVM_API_VERSION}: "
                + "run Linux 2.6.24 or later");
        }
    }
}
