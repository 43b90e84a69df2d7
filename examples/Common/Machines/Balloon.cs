using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Balloon;

namespace KvmInterop.Examples.Machines;

/// <summary><c>--balloon</c>: memory that is taken from the guest, and a socket by which to say how much.</summary>
/// <remarks>
/// Each line is a command, and answered by lines and an empty one: <c>target SIZE</c> asks the guest for so much
/// in all, <c>stats</c> tells what the balloon holds and what the guest says of its memory.
/// </remarks>
public sealed class Balloon : IDisposable
{
    // A guest without a driver says nothing.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim news = new(0);
    private readonly VirtioBalloon device;
    private readonly string path;
    private readonly Socket listener;

    private Balloon(VirtioBalloon device, string path)
    {
        this.device = device;
        this.path = path;
        listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(1);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        device.StatisticsChanged += () => news.Release();
        new Thread(Serve) { IsBackground = true, Name = "balloon" }.Start();
    }

    /// <summary>Gives the machine its balloon, if the command line asks for one.</summary>
    /// <returns>Its control, if that was asked for.</returns>
    /// <exception cref="ExampleException">The text is wrong, or the socket cannot be had.</exception>
    public static Balloon? Attach(VirtualMachine machine, ParseResult options)
    {
        if (options.GetValue(DeviceOptions.Balloon) is not string option)
        {
            return null;
        }

        DeviceText text = new(DeviceOptions.Balloon.Name, option, "control");
        if (!SizeText.TryParse(text.Value, out ulong size) || size / VirtioBalloon.PageSize > uint.MaxValue)
        {
            throw text.Mistake("it begins with a number of MiB, or one with K, M, G or T behind it, or 0");
        }

        VirtioBalloon device = new(machine.Memory, machine.Events);
        machine.AddVirtio(device);
        device.SetTarget(size);
        try
        {
            return text.Get("control") is string path ? new Balloon(device, path) : null;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw text.Mistake($"no socket can be had at its control's path: {Attaching.Sentence(e)}");
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        File.Delete(path);
    }

    // One after the other, until the socket is closed.
    private void Serve()
    {
        try
        {
            while (true)
            {
                Socket socket = listener.Accept();
                Converse(new NetworkStream(socket, ownsSocket: true));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The machine has ended.
        }
    }

    private void Converse(NetworkStream stream)
    {
        using StreamReader reader = new(stream, Encoding.ASCII);
        using StreamWriter writer = new(stream, Encoding.ASCII) { NewLine = "\n" };
        try
        {
            while (reader.ReadLine() is string line)
            {
                foreach (string answer in Answer(line.Split(' ')))
                {
                    writer.WriteLine(answer);
                }

                writer.WriteLine();
                writer.Flush();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Whoever asked is gone.
        }
    }

    private IEnumerable<string> Answer(string[] words)
    {
        switch (words)
        {
            case ["target", var text] when SizeText.TryParse(text, out ulong size)
                && size / VirtioBalloon.PageSize <= uint.MaxValue:
                device.SetTarget(size);
                return [Line("target", size)];
            case ["stats"]:
                return Statistics();
            default:
                return ["error: 'target SIZE', as for --memory, and 'stats' are what can be said"];
        }
    }

    private IEnumerable<string> Statistics()
    {
        while (news.Wait(0))
        {
            // What came before the question.
        }

        device.RequestStatistics();
        if (!news.Wait(Patience))
        {
            yield return "the guest says nothing";
        }

        yield return Line("target", device.Target);
        yield return Line("actual", device.Actual);
        yield return Line("reclaimed", device.Reclaimed);
        foreach (BalloonStatistic statistic in Enum.GetValues<BalloonStatistic>())
        {
            if (device.GetStatistic(statistic) is ulong value)
            {
                yield return Line(statistic.ToString(), value);
            }
        }
    }

    private static string Line(string name, ulong value) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {value}");
}
