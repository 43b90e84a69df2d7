using System.Globalization;
using System.Text;
using Iced.Intel;
using KvmInterop.Native;
using Decoder = Iced.Intel.Decoder;

namespace KvmInterop.Machine;

/// <summary>Instructions of a guest as text, through Iced. x86 only.</summary>
public static class Disassembly
{
    private const int MostInstructionBytes = 15;
    private const int BytesColumn = 10;

    /// <summary>Disassembles from an address on, in the mode in which the vCPU executes.</summary>
    /// <param name="vcpu">Not running on another thread. CS.L, CS.D and EFER.LMA decide between 16, 32 and 64
    /// bits.</param>
    /// <param name="memory">The VM's memory.</param>
    /// <param name="address">Linear; null for the next instruction.</param>
    /// <param name="instructions">How many, at the most.</param>
    /// <param name="symbols">Names for addresses, or null.</param>
    /// <returns>A line for each, with the next instruction of the vCPU marked by <c>=&gt;</c>; fewer where
    /// memory ends, and a line that says so where there is none.</returns>
    /// <exception cref="PlatformNotSupportedException">This is not an x86-64 process.</exception>
    /// <exception cref="KvmException">The registers cannot be read.</exception>
    [KvmArchitectures(KvmArchitecture.X64)]
    public static string Of(
        Vcpu vcpu, GuestMemory memory, ulong? address = null, int instructions = 8,
        ISymbolResolver? symbols = null)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        ulong next = vcpu.GetInstructionAddress();
        ulong start = address ?? next;
        byte[] code = new byte[MostInstructionBytes * Math.Clamp(instructions, 1, 4096)];
        int length = vcpu.CreatePageWalker(memory).Read(start, code);
        return Of(code.AsMemory(0, length), start, vcpu.GetCodeBitness(), next, instructions, symbols);
    }

    /// <summary>With memory as it is without breakpoints; elsewhere than on x86 a sentence.</summary>
    internal static string Of(Vcpu vcpu, GuestDebugger debugger, ulong address, int instructions = 8)
    {
        if (KvmHost.Architecture != KvmArchitecture.X64)
        {
            return "instructions are disassembled on x86 only\n";
        }

        byte[] code = new byte[MostInstructionBytes * instructions];
        int length = debugger.Read(vcpu, address, code);
        return Of(
            code.AsMemory(0, length), address, vcpu.GetCodeBitness(), vcpu.GetInstructionAddress(),
            instructions, null);
    }

    internal static string Of(
        ReadOnlyMemory<byte> code, ulong address, int bitness, ulong next, int instructions,
        ISymbolResolver? symbols)
    {
        StringBuilder text = new();
        StringOutput output = new(text);
        NasmFormatter formatter = new(symbols);
        byte[] bytes = code.ToArray();
        Decoder decoder = Decoder.Create(bitness, bytes, address);
        int at = 0;
        for (int i = 0; i < instructions && at < bytes.Length; i++)
        {
            Instruction instruction = decoder.Decode();
            if (decoder.LastError == DecoderError.NoMoreBytes)
            {
                break;
            }

            ulong place = address + (ulong)at;
            text.Append(place == next ? "=> " : "   ").Append($"{place:x16} ");
            for (int column = 0; column < Math.Max(BytesColumn, instruction.Length); column++)
            {
                text.Append(column < instruction.Length
                    ? " " + bytes[at + column].ToString("x2", CultureInfo.InvariantCulture)
                    : "   ");
            }

            text.Append("  ");
            formatter.Format(in instruction, output);
            text.Append('\n');
            at += instruction.Length;
        }

        return at > 0 ? text.ToString() : $"   {address:x16}  not mapped to memory, or cut off there\n";
    }
}
