using System.Globalization;
using System.Text;

namespace KvmInterop.Machine;

/// <content>What GDB's <c>monitor</c> can ask.</content>
public sealed partial class VmGdbTarget
{
    private const int MostPhysicalBytes = 4096;
    private const int BytesPerLine = 16;

    private const string Help =
        """
        regs                       all registers of the current vCPU, with its next instructions
        disassemble [ADDRESS]      instructions, in the mode in which the vCPU executes (x86)
        translate ADDRESS          where a virtual address leads, and with which permissions
        phys ADDRESS [LENGTH]      guest-physical memory, 64 bytes or as many as are asked for
        stop                       why the current vCPU stopped last
        help                       this text
        Numbers are hexadecimal, with or without 0x.

        """;

    /// <inheritdoc/>
    public string Command(int thread, string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ulong[] numbers = new ulong[Math.Max(words.Length - 1, 0)];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!TryHex(words[i + 1], out numbers[i]))
            {
                return $"'{words[i + 1]}' is no hexadecimal number\n";
            }
        }

        Vcpu vcpu = VcpuOf(thread);
        return (words.FirstOrDefault() ?? "help", numbers) switch
        {
            ("regs", []) => StopReport.Take(vcpu, memory).ToString(),
            ("disassemble", []) => Disassembly.Of(vcpu, debugger, vcpu.GetInstructionAddress()),
            ("disassemble", [ulong address]) => Disassembly.Of(vcpu, debugger, address),
            ("translate", [ulong address]) => $"{vcpu.CreatePageWalker(memory).Translate(address)}\n",
            ("phys", [ulong address]) => Physical(address, 64),
            ("phys", [ulong address, ulong length]) => Physical(address, length),
            ("stop", []) => $"{threads[thread - 1].LastStop?.ToString() ?? "it has not stopped yet"}\n",
            ("help", _) => Help,
            _ => $"there is no such command\n{Help}",
        };
    }

    private static bool TryHex(string word, out ulong number) => ulong.TryParse(
        word.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? word.AsSpan(2) : word,
        NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);

    private string Physical(ulong address, ulong length)
    {
        byte[] bytes = new byte[Math.Min(length, MostPhysicalBytes)];
        if (!debugger.TryReadPhysical(address, bytes))
        {
            return $"not all of {bytes.Length} bytes at 0x{address:x} are guest memory\n";
        }

        StringBuilder text = new();
        for (int i = 0; i < bytes.Length; i += BytesPerLine)
        {
            text.Append($"{address + (ulong)i:x16} ");
            foreach (byte one in bytes.AsSpan(i, Math.Min(BytesPerLine, bytes.Length - i)))
            {
                text.Append($" {one:x2}");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
