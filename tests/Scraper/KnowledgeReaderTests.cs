using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

public class KnowledgeReaderTests
{
    private static readonly string Knowledge =
        File.ReadAllText(Repository.PathOf("tests/Scraper/Samples/ioctls.json"));

    [Fact]
    public void Read_knowledge_hasEveryPart()
    {
        KnowledgeDocument document = KnowledgeReader.Read(Knowledge).Document!;

        IoctlKnowledge ioctl = Assert.Single(document.Ioctls);
        Assert.Equal(["vm", "vcpu"], ioctl.Fds);
        Assert.Equal(("KVM_A", "inout", "msrs", "struct m", "count", "4.18", "Does."),
            (ioctl.Name, ioctl.Argument, ioctl.ArgumentName, ioctl.ArgumentType, ioctl.Result, ioctl.Section,
                ioctl.Summary));
        Assert.Equal(["KVM_CAP_A"], ioctl.Capabilities);
        Assert.Equal(["x64"], ioctl.Architectures);
        Assert.Equal(new FlexibleKnowledge("m", "entries", "n", "entries"), Assert.Single(document.Flexible));
        Assert.Equal(
            new RegisterKnowledge("X_REG", "KVM_REG_X_REG", new(["KVM_REG_X", "KVM_REG_Y"])),
            Assert.Single(document.Registers));
    }

    [Fact]
    public void Read_theRepositorysFile_isRead()
    {
        string text = File.ReadAllText(Repository.PathOf("headers/ioctls.json"));

        ReadResult<KnowledgeDocument> result = KnowledgeReader.Read(text);

        Assert.Null(result.Error);
        Assert.True(result.Document!.Ioctls.Length > 100);
    }

    [Theory]
    [InlineData("\"schema\": 1", "\"schema\": 7", 3, "this is written in schema 7, and only schema 1")]
    [InlineData("\"vcpu\"", "\"cpu\"", 5, "\"fds\" may hold system, vm, vcpu, device")]
    [InlineData("\"vcpu\"", "\"vm\"", 5, "\"vm\" is there twice")]
    [InlineData("\"inout\"", "\"both\"", 5, "\"kind\" has to be one of none, value, in, out, inout")]
    [InlineData("\"struct m\"", "\"m\"", 5, "\"type\" has to name a type")]
    [InlineData("\"count\", \"cap", "\"long\", \"cap", 5, "\"result\" has to be one of zero, fd, count,")]
    [InlineData("[\"x64\"]", "[\"ia64\"]", 5, "\"architectures\" may hold x64, arm64,")]
    [InlineData(", \"summary\": \"Does.\"", "", 5, "an ioctl needs the member \"summary\"")]
    [InlineData("\"section\"", "\"sections\"", 5, "\"sections\" is not a member that an ioctl has")]
    [InlineData("\"unit\": \"entries\"", "\"unit\": 1", 7, "\"unit\" has to be a string")]
    [InlineData("\"entries\"}]", "\"bits\"}]", 7, "\"unit\" has to be one of entries, bytes, total")]
    [InlineData("\"X_REG\"", "\"KVM_A\"", 8, "the register KVM_A is there twice")]
    [InlineData("[\"KVM_REG_X\", \"KVM_REG_Y\"]", "\"KVM_REG_X\"", 8, "\"constants\" has to be an array")]
    [InlineData("\"index\": ", "\"macro\": ", 8, "a register needs the member \"index\"")]
    public void Read_wrongKnowledge_saysWhereAndWhat(string right, string wrong, int line, string message)
    {
        Assert.Contains(right, Knowledge, StringComparison.Ordinal);

        ReadResult<KnowledgeDocument> result = KnowledgeReader.Read(
            Knowledge.Replace(right, wrong, StringComparison.Ordinal));

        Assert.Null(result.Document);
        Assert.StartsWith(message, result.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(line, result.Error.Line);
    }
}
