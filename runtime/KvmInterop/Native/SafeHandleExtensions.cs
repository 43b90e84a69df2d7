using System.Runtime.InteropServices;

namespace KvmInterop.Native;

internal static class SafeHandleExtensions
{
    /// <summary>
    /// Adds a reference, to be given back by DangerousRelease; false where the handle is closed.
    /// </summary>
    internal static bool TryAddReference(this SafeHandle handle)
    {
        if (handle.IsClosed)
        {
            return false;
        }

        bool added = false;
        try
        {
            handle.DangerousAddRef(ref added);
        }
        catch (ObjectDisposedException)
        {
            // Closed by another thread since the look above: rare, and the one way in which SafeHandle says
            // it.
        }

        return added;
    }
}
