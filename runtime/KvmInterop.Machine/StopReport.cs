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
    /// arm64 there is no disassembly, only the instruction's bytes. kvm-amd resets a vCPU at its triple fault; then
    /// the report says so, and has the registers after that.
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

        if (KvmHost.Architecture == KvmArchitecture.X64 && stop is VcpuStop.ShutDown && IsReset(vcpu))
        {
            lines.Append("the vCPU is in its reset state: kvm-amd resets it at a triple fault, and what it did is lost\n");
        }

        lines.Append(RegisterDump.Take(vcpu, memory));
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            lines.Append(Disassembly.Of(vcpu, memory, symbols: symbols));
        }

        return new StopReport(lines.ToString());
    }

    // Where and how a processor begins (Intel SDM, volume 3, table 10-1).
    [KvmArchitectures(KvmArchitecture.X64)]
    private static bool IsReset(Vcpu vcpu) =>
        vcpu.GetRegisters().rip == 0xfff0 && vcpu.GetSpecialRegisters() is { cs.@base: 0xffff_0000, cr0: var cr0 }
        && (cr0 & 1) == 0;

    /// <summary>Writes the lines, each ended by a line feed.</summary>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(text);
    }

    /// <summary>The lines.</summary>
    public override string ToString() => text;
}
