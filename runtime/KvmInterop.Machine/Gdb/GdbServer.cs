using System.Net;
using System.Net.Sockets;

namespace KvmInterop.Machine;

/// <summary>
/// Lets GDB debug a guest: <c>target remote :1234</c>, or the path of a Unix socket.
/// </summary>
/// <remarks>
/// <para>One debugger at a time; the next one waits. When it connects, the machine stops. When it detaches or
/// its connection ends, its breakpoints are removed and the machine runs on; <c>kill</c> ends the
/// machine.</para>
/// <para>Over TCP only this machine can connect, but any user of it can: who connects has the whole guest.
/// A Unix socket in a folder of one's own keeps others out.</para>
/// </remarks>
public sealed class GdbServer : IDisposable
{
    private readonly IGdbTarget target;
    private readonly Socket listener;
    private readonly string? path;
    private readonly CancellationTokenSource end = new();
    private readonly TaskCompletionSource attached =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task serving;

    private GdbServer(IGdbTarget target, AddressFamily family, ProtocolType protocol, EndPoint where)
    {
        ArgumentNullException.ThrowIfNull(target);
        this.target = target;
        listener = new Socket(family, SocketType.Stream, protocol);
        try
        {
            listener.Bind(where);
            path = where is UnixDomainSocketEndPoint ? where.ToString() : null;
            listener.Listen(backlog: 4);
            EndPoint = listener.LocalEndPoint!;
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        serving = Task.Run(async () =>
        {
            // Nobody is to wait for a server that does not serve any more.
            using (listener)
            {
                try
                {
                    await ServeAsync().ConfigureAwait(false);
                }
                finally
                {
                    attached.TrySetCanceled();
                }
            }
        });
    }

    /// <summary>Where it listens.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>The TCP port; 0 for a Unix socket.</summary>
    public int Port => (EndPoint as IPEndPoint)?.Port ?? 0;

    /// <summary>
    /// Ends when the server was disposed, or with the exception of a target that failed: then it serves
    /// nobody any more.
    /// </summary>
    public Task Completion => serving;

    /// <summary>
    /// Ends when the first debugger has come and holds the machine; is cancelled if none came before the
    /// server's end.
    /// </summary>
    /// <remarks>
    /// To debug a guest from its first instruction: pause the group before its start, and end that pause when
    /// this has ended.
    /// </remarks>
    public Task Attached => attached.Task;

    /// <summary>Listens on a TCP port of the loopback address.</summary>
    /// <param name="target">Not owned.</param>
    /// <param name="port">0 for one that is free: see <see cref="Port"/>.</param>
    /// <exception cref="SocketException">The port is in use, or not allowed.</exception>
    public static GdbServer Listen(IGdbTarget target, int port = 0) => new(
        target, AddressFamily.InterNetwork, ProtocolType.Tcp, new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Listens on a Unix socket.</summary>
    /// <param name="target">Not owned.</param>
    /// <param name="path">Of a file that is not there; it is deleted with the server.</param>
    /// <exception cref="SocketException">The file is there already, or cannot be made.</exception>
    public static GdbServer ListenUnix(IGdbTarget target, string path) => new(
        target, AddressFamily.Unix, ProtocolType.Unspecified, new UnixDomainSocketEndPoint(path));

    /// <summary>Ends the connection, as a debugger that goes, and listens no more.</summary>
    public void Dispose()
    {
        if (end.IsCancellationRequested)
        {
            return;
        }

        end.Cancel();
        ((IAsyncResult)serving).AsyncWaitHandle.WaitOne();
        end.Dispose();
        if (path is not null)
        {
            File.Delete(path);
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using Socket client = await listener.AcceptAsync(end.Token).ConfigureAwait(false);
                if (client.AddressFamily == AddressFamily.InterNetwork)
                {
                    client.NoDelay = true;
                }

                using NetworkStream stream = new(client);
                GdbSession session = new(target, stream) { OnAttached = () => attached.TrySetResult() };
                await session.RunAsync(end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The connection broke; the next debugger may come.
                if (end.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }
}
