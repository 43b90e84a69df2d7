using System.Text;
using Iced.Intel;
using KvmInterop.Native;

namespace KvmInterop.Machine;

/// <summary>
/// Why a vCPU stopped, all of its registers, and its next instructions: for error reports that people read.
/// </summary>
public sealed class StopReport
{
    private readonly string text;

    private StopReport(string text) => this.text = text;

    /// <summary>Reads a vCPU that stands still.</summary>
    /// <param name="vcpu">Not running on another thread.</param>
    /// <param name="memory">The VM's memory.</param>
    /// <param name="stop">Why it stopped: the first line.</param>
    /// <param name="symbols">Names for addresses, or null.</param>
    /// <remarks>
    /// The marked instruction is the one that comes next: the faulting one, where the stop is a fault. On
    /// arm64 there is no disassembly, only the instruction's bytes.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="KvmException">The registers cannot be read.</exception>
    public static StopReport Take(
        Vcpu vcpu, GuestMemory memory, VcpuStop? stop = null, ISymbolResolver? symbols = null)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        ArgumentNullException.ThrowIfNull(memory);
        StringBuilder lines = new();
        if (stop is not null)
        {
            lines.Append(stop).Append('\n');
        }

        lines.Append(RegisterDump.Take(vcpu, memory));
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            lines.Append(Disassembly.Of(vcpu, memory, symbols: symbols));
        }

        return new StopReport(lines.ToString());
    }

    /// <summary>Writes the lines, each ended by a line feed.</summary>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(text);
    }

    /// <summary>The lines.</summary>
    public override string ToString() => text;
}
