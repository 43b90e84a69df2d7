using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// A device that KVM emulates itself, with a file of its own (KVM_CREATE_DEVICE): an interrupt controller,
/// the link to VFIO.
/// </summary>
/// <remarks>
/// All members may be called from any thread. What groups and attributes there are, and of which type, is in
/// the kernel's Documentation/virt/kvm/devices. The file keeps the kernel's VM until it is disposed; whether
/// the device itself lives on in the VM then is the device's matter (an interrupt controller does).
/// </remarks>
public sealed class KvmDevice : IDisposable
{
    private readonly KvmDeviceHandle handle;

    internal KvmDevice(KvmDeviceHandle handle, uint type)
    {
        this.handle = handle;
        Type = type;
    }

    /// <summary>What it was made as: KVM_DEV_TYPE_VFIO or another.</summary>
    public uint Type { get; }

    /// <summary>
    /// The file's typed descriptor, for generated calls. Not owned: this object must stay alive.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public KvmDeviceFd Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(handle.IsClosed, this);
            return handle.Fd;
        }
    }

    /// <summary>The owner of the file, for code that must keep it open by a reference.</summary>
    public SafeHandle Handle => handle;

    /// <summary>Whether this kernel's device has an attribute (KVM_HAS_DEVICE_ATTR).</summary>
    /// <param name="group">A KVM_DEV_..._GRP_ number.</param>
    /// <param name="attribute">One of the group, as the device's document says.</param>
    /// <exception cref="KvmException">The ioctl failed with something else than "no".</exception>
    /// <exception cref="ObjectDisposedException">The object is disposed.</exception>
    public bool HasAttribute(uint group, ulong attribute)
    {
        using Held<KvmDeviceHandle> held = new(handle);
        return Attributes.Has(group, attribute);
    }

    /// <summary>Reads an attribute (KVM_GET_DEVICE_ATTR).</summary>
    /// <typeparam name="T">Exactly what the document says: the kernel knows the size by the attribute and is
    /// not told this one. A record or a number, not an address of one.</typeparam>
    /// <exception cref="KvmException">The ioctl failed: ENXIO, there is no such attribute.</exception>
    /// <inheritdoc cref="HasAttribute"/>
    public T GetAttribute<T>(uint group, ulong attribute)
        where T : unmanaged
    {
        using Held<KvmDeviceHandle> held = new(handle);
        return Attributes.Get<T>(group, attribute);
    }

    /// <summary>Sets an attribute (KVM_SET_DEVICE_ATTR).</summary>
    /// <param name="group">A KVM_DEV_..._GRP_ number.</param>
    /// <param name="attribute">One of the group, as the device's document says.</param>
    /// <param name="value">Of exactly the type that the document says: a plain <c>0</c> is an <c>int</c>, and
    /// the kernel may read a <c>ulong</c>.</param>
    /// <inheritdoc cref="GetAttribute"/>
    public void SetAttribute<T>(uint group, ulong attribute, in T value)
        where T : unmanaged
    {
        using Held<KvmDeviceHandle> held = new(handle);
        Attributes.Set(group, attribute, in value);
    }

    /// <summary>
    /// Sets an attribute that has no value: a command, such as KVM_DEV_ARM_VGIC_CTRL_INIT.
    /// </summary>
    /// <inheritdoc cref="GetAttribute"/>
    public void Command(uint group, ulong attribute)
    {
        using Held<KvmDeviceHandle> held = new(handle);
        Attributes.Set(group, attribute, address: 0);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => handle.Dispose();

    private DeviceAttributes Attributes => new(KvmFdKind.Device, handle.Fd.Value);
}
