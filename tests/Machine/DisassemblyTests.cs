using KvmInterop.Machine;

namespace KvmInterop.Tests.Machine;

/// <summary>Instructions as text; no machine is needed for that.</summary>
public class DisassemblyTests
{
    [Theory]
    [InlineData(16, "b80100", "mov ax,1")]
    [InlineData(32, "b801000000", "mov eax,1")]
    [InlineData(64, "48b88877665544332211", "mov rax,1122334455667788h")]
    public void Of_oneInstruction_isDecodedInItsMode(int bitness, string bytes, string text)
    {
        string line = Disassembly.Of(Convert.FromHexString(bytes), 0x1000, bitness, 0x1000, 1, null);

        Assert.StartsWith("=> 0000000000001000 ", line, StringComparison.Ordinal);
        Assert.EndsWith($"  {text}\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_marksTheNextAndEndsWhereBytesEnd()
    {
        // nop; hlt; and the first byte of a mov.
        string[] lines = Disassembly.Of(new byte[] { 0x90, 0xf4, 0xb8 }, 0x10, 32, 0x11, 8, null).Split('\n');

        Assert.Equal(3, lines.Length);
        Assert.StartsWith("   0000000000000010  90 ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("=> 0000000000000011  f4 ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_nothing_saysSo() => Assert.Equal(
        "   0000000000000010  not mapped to memory, or cut off there\n",
        Disassembly.Of(Array.Empty<byte>(), 0x10, 32, 0x10, 8, null));
}
