using System.Runtime.InteropServices;

namespace KvmInterop;

/// <summary>A file that an <see cref="EventLoop"/> watches, until this is disposed.</summary>
/// <remarks>All members may be called from any thread, and from callbacks.</remarks>
public sealed class EventRegistration : IDisposable
{
    private readonly EventLoop loop;
    private readonly Action<FileEvents> callback;

    internal EventRegistration(EventLoop loop, SafeHandle file, ulong key, Action<FileEvents> callback)
    {
        this.loop = loop;
        this.callback = callback;
        File = file;
        Key = key;
    }

    /// <summary>The file. Kept open, by a reference, for as long as it is watched.</summary>
    internal SafeHandle File { get; }

    /// <summary>Its number among all registrations of the loop that there ever were.</summary>
    internal ulong Key { get; }

    /// <summary>
    /// Watches for something else from now on: <see cref="FileEvents.Writable"/> only while there is
    /// something to be written.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This registration or its loop is disposed.</exception>
    public void Watch(FileEvents interest) => loop.Change(this, interest);

    /// <summary>Ends the watching: once this has returned, the callback is not called any more.</summary>
    /// <remarks>
    /// When the callback runs on another thread at the moment, this waits until it has come back; so do not
    /// hold a lock that the callback waits for. From inside a callback of the loop it returns at once.
    /// </remarks>
    public void Dispose() => loop.Remove(this);

    internal void Call(FileEvents events) => callback(events);
}
