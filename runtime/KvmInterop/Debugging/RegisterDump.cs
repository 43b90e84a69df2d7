using System.Globalization;
using System.Text;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A vCPU's registers as text for people: what a report about a stop needs.</summary>
/// <remarks>
/// On x86 general registers, flags by letter, segments, descriptor tables, control registers by bit, the
/// bytes at the instruction pointer and the words at the stack pointer; on arm64 the same as far as it has
/// them. Numbers are hexadecimal.
/// </remarks>
public sealed partial class RegisterDump
{
    /// <summary>Bytes of code that are shown, and words of the stack.</summary>
    private const int CodeBytes = 16;
    private const int StackWords = 8;

    private readonly StringBuilder text = new();

    private RegisterDump(uint vcpu) => text.Append($"vCPU {vcpu}").Append('\n');

    /// <summary>Reads the registers (KVM_GET_REGS and KVM_GET_SREGS; on arm64 KVM_GET_ONE_REG).</summary>
    /// <param name="vcpu">Not running on another thread.</param>
    /// <param name="memory">Where code and stack are, through the guest's own tables; null leaves them out.
    /// </param>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="PlatformNotSupportedException">The architecture is neither x86-64 nor
    /// arm64.</exception>
    /// <exception cref="KvmException">The registers cannot be read.</exception>
    public static RegisterDump Take(Vcpu vcpu, GuestMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        RegisterDump dump = new(vcpu.Id);
        switch (KvmHost.Architecture)
        {
            case KvmArchitecture.X64:
                dump.AddX64(vcpu, memory);
                break;
            case KvmArchitecture.Arm64:
                dump.AddArm64(vcpu, memory);
                break;
            default:
                throw GuestDebugSupport.MissingHere("a dump of registers");
        }

        return dump;
    }

    /// <summary>Writes the lines, each ended by a line feed.</summary>
    public void Write(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(text);
    }

    /// <summary>The lines.</summary>
    public override string ToString() => text.ToString();

    partial void AddX64(Vcpu vcpu, GuestMemory? memory);

    partial void AddArm64(Vcpu vcpu, GuestMemory? memory);

    private static string Hex(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture);

    // The names, separated by a space and least significant first, of the bits that are set.
    private static string Bits(ulong value, params ReadOnlySpan<(int Bit, string Name)> names)
    {
        StringBuilder found = new();
        foreach ((int bit, string name) in names)
        {
            if ((value >> bit & 1) != 0)
            {
                found.Append(found.Length == 0 ? "" : " ").Append(name);
            }
        }

        return found.ToString();
    }

    private void Line(string line) => text.Append(line).Append('\n');

    // Name and value, four in a line.
    private void Table(params ReadOnlySpan<(string Name, ulong Value)> registers)
    {
        for (int i = 0; i < registers.Length; i++)
        {
            bool isLast = i % 4 == 3 || i == registers.Length - 1;
            text.Append(registers[i].Name.PadRight(4)).Append(Hex(registers[i].Value))
                .Append(isLast ? "\n" : "  ");
        }
    }

    private void Memory(GuestPageWalker walker, ulong code, ulong stack, int wordSize)
    {
        Span<byte> bytes = stackalloc byte[CodeBytes];
        int length = walker.Read(code, bytes);
        text.Append($"code at {code:x}:");
        foreach (byte one in bytes[..length])
        {
            text.Append(' ').Append(one.ToString("x2", CultureInfo.InvariantCulture));
        }

        text.Append(length == 0 ? " not mapped to memory\n" : "\n");
        Span<byte> words = stackalloc byte[StackWords * sizeof(ulong)];
        length = walker.Read(stack, words[..(StackWords * wordSize)]) / wordSize;
        text.Append($"stack at {stack:x}:");
        for (int i = 0; i < length; i++)
        {
            ulong word = 0;
            for (int at = wordSize - 1; at >= 0; at--)
            {
                word = (word << 8) | words[(i * wordSize) + at];
            }

            text.Append(i > 0 && i % 4 == 0 ? "\n   " : " ")
                .Append(Hex(word).AsSpan((sizeof(ulong) - wordSize) * 2));
        }

        text.Append(length == 0 ? " not mapped to memory\n" : "\n");
    }
}
