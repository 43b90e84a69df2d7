using System.Text;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Guests;

/// <summary>What a guest prints, to be waited for.</summary>
internal sealed class GuestText : IByteOutput
{
    private readonly object gate = new();
    private readonly StringBuilder text = new();
    private int seen;
    private bool ended;

    /// <summary>All of it so far.</summary>
    public string All
    {
        get
        {
            lock (gate)
            {
                return text.ToString();
            }
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            text.Append(Encoding.Latin1.GetString(data));
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>The machine has ended; nothing more comes.</summary>
    public void End()
    {
        lock (gate)
        {
            ended = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Waits for a text behind what was waited for before.</summary>
    /// <returns>What came before it.</returns>
    public string WaitFor(string expected, TimeSpan limit)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (gate)
        {
            while (true)
            {
                string rest = text.ToString(seen, text.Length - seen);
                int place = rest.IndexOf(expected, StringComparison.Ordinal);
                if (place >= 0)
                {
                    seen += place + expected.Length;
                    return rest[..place];
                }

                long left = end - Environment.TickCount64;
                if (left <= 0 || ended)
                {
                    Assert.Fail(
                        $"the guest {(ended ? "ended and never said" : "did not say")} '{expected}'; it said:\n{text}");
                }

                Monitor.Wait(gate, TimeSpan.FromMilliseconds(left));
            }
        }
    }
}
