using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>
/// A reference to a handle for the length of a <c>using</c>: nobody can close it meanwhile.
/// </summary>
internal readonly ref struct Held<T>
    where T : SafeHandle
{
    /// <exception cref="ObjectDisposedException">It is closed already.</exception>
    internal Held(T handle)
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        Handle = handle;
    }

    internal T Handle { get; }

    public void Dispose() => Handle.DangerousRelease();
}
