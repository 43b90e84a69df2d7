using System.Text;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// Hands a console's output on, and looks in it for Linux's words of a panic (kernel/panic.c), which are the
/// same since Linux 2.6: the only sign of a panic that a kernel gives without a driver for one.
/// </summary>
/// <remarks>
/// Whoever can write to the console can say the same; what that changes is the reason that a machine ends for.
/// </remarks>
/// <param name="output">Where all of it goes.</param>
/// <param name="note">Called with what the kernel said, and whether it says no more.</param>
internal sealed class PanicWatch(IByteOutput output, Action<string, bool> note) : IByteOutput
{
    // A longer line has what is looked for in this part of it, or not at all.
    private const int MostLine = 256;

    private static readonly byte[] Begins = "Kernel panic - not syncing: "u8.ToArray();
    private static readonly byte[] Ends = "---[ end Kernel panic - not syncing"u8.ToArray();

    private readonly Lock gate = new();
    private readonly byte[] line = new byte[MostLine];
    private int length;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        output.Write(data);
        lock (gate)
        {
            foreach (byte each in data)
            {
                if (each == (byte)'\n')
                {
                    Look(line.AsSpan(0, length));
                    length = 0;
                }
                else if (length < MostLine)
                {
                    line[length++] = each;
                }
            }
        }
    }

    private void Look(ReadOnlySpan<byte> text)
    {
        // The line that ends a panic has the same words in it.
        if (text.IndexOf(Ends) >= 0)
        {
            note(Reason(text), true);
        }
        else if (text.IndexOf(Begins) >= 0)
        {
            note(Reason(text), false);
        }
    }

    private static string Reason(ReadOnlySpan<byte> text)
    {
        int at = text.IndexOf(Begins);
        ReadOnlySpan<byte> reason = at < 0 ? [] : text[(at + Begins.Length)..];
        string said = Encoding.UTF8.GetString(reason);
        return string.Concat(said.Where(c => !char.IsControl(c))).Replace(" ]---", "", StringComparison.Ordinal);
    }
}
