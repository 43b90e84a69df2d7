using System.Runtime.InteropServices;
using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.Block;

/// <summary>A file that holds a disk or a part of one: whole reads and writes, holes, zeros.</summary>
internal sealed class DiskFile(SafeFileHandle handle) : IDisposable
{
    private static readonly byte[] Zeros = new byte[64 * 1024];

    public void Dispose() => handle.Dispose();

    internal void Read(Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"the disk's file ends at {offset:#,0}; it was longer before");
            }

            destination = destination[read..];
            offset += read;
        }
    }

    internal void Write(ReadOnlySpan<byte> source, long offset) => RandomAccess.Write(handle, source, offset);

    internal void Read(GuestMemory memory, ReadOnlySpan<GuestBuffer> buffers, long offset)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.ReadFrom(handle, offset, buffers);
    }

    internal void Write(GuestMemory memory, ReadOnlySpan<GuestBuffer> buffers, long offset)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.WriteTo(handle, offset, buffers);
    }

    internal void Flush() => RandomAccess.FlushToDisk(handle);

    internal void SetLength(long length) => RandomAccess.SetLength(handle, length);

    internal long GetLength() => RandomAccess.GetLength(handle);

    /// <summary>Gives room back to the host's file system; the range reads as zeros.</summary>
    /// <returns>False where the file system cannot.</returns>
    internal bool TryPunchHole(long offset, long length) =>
        TryAllocate(VirtioLibc.PunchHole | VirtioLibc.KeepSize, offset, length);

    internal void WriteZeroes(long offset, long length, bool mayUnmap)
    {
        if ((mayUnmap && TryPunchHole(offset, length))
            || TryAllocate(VirtioLibc.ZeroRange | VirtioLibc.KeepSize, offset, length))
        {
            return;
        }

        while (length > 0)
        {
            int part = (int)Math.Min(length, Zeros.Length);
            Write(Zeros.AsSpan(0, part), offset);
            offset += part;
            length -= part;
        }
    }

    private bool TryAllocate(int mode, long offset, long length)
    {
        if (length == 0)
        {
            return true;
        }

        while (VirtioLibc.Fallocate(handle, mode, offset, length) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case VirtioLibc.Interrupted:
                    continue;
                case VirtioLibc.NotSupported or VirtioLibc.NoSystemCall or VirtioLibc.InvalidArgument:
                    return false;
                case int error:
                    throw new IOException(
                        $"fallocate failed on a disk's file: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }

        return true;
    }
}
