using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Rendering;
using static KvmInterop.Tests.Tool.Small;

namespace KvmInterop.Tests.Tool;

/// <summary>Records as <c>show</c> draws them.</summary>
public class DrawingTests
{
    private static readonly ApiRecord Everything = Struct(
        "everything", 64,
        Field("first", "u8", 0, 1),
        Field("second", "u32", 4, 4),
        Bits("low", 64, 3),
        Bits("high", 70, 2),
        Inner("", 16, Union(
            "", 24,
            Inner("io", 0, Struct("", 16, Field("port", "u16", 0, 2), Field("data", "u64", 8, 8))),
            Inner("mmio", 0, Struct("", 24, Field("address", "u64", 0, 8), Field("bytes", "u8[8]", 8, 8))),
            Field("flat", "u64", 0, 8),
            Inner("deep", 0, Union("", 8, Field("a", "u32", 0, 4), Field("b", "u64", 0, 8))))),
        Inner("pair", 40, Struct("", 8, Field("x", "u32", 0, 4), Field("y", "u8", 4, 1))),
        Field("rest", "u8[]", 60, 0));

    [Theory]
    [InlineData(110)]
    [InlineData(60)]
    [InlineData(20)]
    public Task Draw_everyKindOfMember(int width) =>
        Verify(string.Join('\n', RecordDrawing.Of(Everything, width))).UseParameters(width);

    [Fact]
    public void Draw_unionThatFits_isNoWiderThanTheScreen()
    {
        foreach (ApiDocument model in Committed.All)
        {
            foreach (ApiRecord record in model.Records)
            {
                // A member with a name longer than the screen is the one thing that may go over.
                int longest = RecordDrawing.Of(record, 1).Select(line => line.Length).Append(110).Max();
                Assert.All(
                    RecordDrawing.Of(record, 110), line => Assert.InRange(line.Length, 0, longest));
            }
        }
    }

    [Fact]
    public void Draw_everyRecord_hasALineForEveryMember()
    {
        foreach (ApiDocument model in Committed.All)
        {
            foreach (ApiRecord record in model.Records)
            {
                string drawing = string.Join('\n', RecordDrawing.Of(record, 110)) + "\n";
                Assert.All(
                    HeaderScraper.Browse.RecordMember.Of(record),
                    member => Assert.Contains(member.Name, drawing, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void Styled_withoutColor_hasNoEscapes()
    {
        StyledText text = new StyledText("name", Style.Name).PadTo(10);
        Assert.Equal("name", text.Render(color: false));
        Assert.Equal("\e[36mname\e[0m", text.Render(color: true));
        Assert.Equal(10, text.Length);
    }
}
