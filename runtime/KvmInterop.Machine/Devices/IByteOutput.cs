namespace KvmInterop.Machine.Devices;

/// <summary>Where a device's characters go: a terminal, a file, a buffer.</summary>
/// <remarks>Called on the threads of vCPUs, by several at a time if the VM has several.</remarks>
public interface IByteOutput
{
    /// <summary>Takes bytes.</summary>
    /// <remarks>
    /// Must come back soon, whatever the host's file does: the guest's processor stands still meanwhile.
    /// <see cref="StreamOutput"/> does that for any stream.
    /// </remarks>
    /// <param name="data">The bytes; gone when this returns.</param>
    void Write(ReadOnlySpan<byte> data);
}
