using System.Text;
using KvmInterop.HeaderScraper.Macros;

namespace KvmInterop.Tests.Scraper;

public class MacroLexerTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" 1\nnext", "1")]
    [InlineData(" (1<<2)", "( 1 << 2 )")]
    [InlineData(" a->b . c ... d", "a -> b . c ... d")]
    [InlineData(" 0x10ULL 1.5e3", "0x10ULL 1.5e3")]
    [InlineData(" \"a \\\" b\" 'c' '\\''", "\"a \\\" b\" 'c' '\\''")]
    [InlineData(" a \\\n  b \\\r\n c\nd", "a b c")]
    [InlineData(" a /* over\nlines */ b // rest\nc", "a b")]
    [InlineData(" a /* never closed", "a")]
    [InlineData(" \"never closed\nb", "\"never closed")]
    [InlineData(" a \\ b", "a \\ b")]
    [InlineData(" x##y", "x ## y")]
    public void Read_body_isSplitIntoTokens(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', MacroLexer.Read(Encoding.UTF8.GetBytes(text), 0)));

    [Theory]
    [InlineData("(1)", true)]
    [InlineData("((a)[b]{c})", true)]
    [InlineData("(", false)]
    [InlineData(")(", false)]
    [InlineData("([)]", false)]
    public void IsBalanced_brackets_haveToMatchInOrder(string body, bool expected)
    {
        Macro macro = Macro.Parse("M", "h", functionLike: false, Encoding.UTF8.GetBytes("M " + body), 0);

        Assert.Equal(expected, macro.IsBalanced());
    }
}
