using System.Text.Json.Nodes;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Headers;

/// <summary>The form of headers/ioctls.json.</summary>
public sealed class IoctlsFileTests
{
    private static readonly string Text = File.ReadAllText(Repository.PathOf("headers/ioctls.json"));
    private static readonly string Schema = File.ReadAllText(Repository.PathOf("headers/ioctls.schema.json"));

    [Fact]
    public void Schema_theFile_accepts() => Assert.Empty(JsonSchema.Validate(Schema, Text));

    [Theory]
    [InlineData("a row without a kind of file", "fds", "[]")]
    [InlineData("an unknown kind of file", "fds", """["guest"]""")]
    [InlineData("a kind of file twice", "fds", """["vm", "vm"]""")]
    [InlineData("an unknown kind of argument", "argument", """{"kind": "ref", "name": "x"}""")]
    [InlineData("an argument without a name", "argument", """{"kind": "in"}""")]
    [InlineData("a name for no argument", "argument", """{"kind": "none", "name": "x"}""")]
    [InlineData("a name that is not ours", "argument", """{"kind": "in", "name": "The_Name"}""")]
    [InlineData("a type in C", "argument", """{"kind": "value", "name": "x", "type": "unsigned long"}""")]
    [InlineData("an unknown result", "result", "\"int\"")]
    [InlineData("a capability that is none", "capabilities", """["KVM_RUN"]""")]
    [InlineData("an unknown architecture", "architectures", """["x86"]""")]
    [InlineData("no architecture", "architectures", "[]")]
    [InlineData("a section of no chapter", "section", "\"12\"")]
    [InlineData("a summary of no sentence", "summary", "\"runs\"")]
    [InlineData("an unknown member", "note", "\"hello\"")]
    public void Schema_brokenRow_refuses(string what, string member, string value)
    {
        JsonNode document = JsonNode.Parse(Text)!;
        document["ioctls"]![0]![member] = JsonNode.Parse(value);

        string error = Assert.Single(JsonSchema.Validate(Schema, document.ToJsonString()));

        Assert.True(error.StartsWith("/ioctls/0/", StringComparison.Ordinal), $"{what}: {error}");
    }

    [Theory]
    [InlineData("name")]
    [InlineData("fds")]
    [InlineData("argument")]
    [InlineData("result")]
    [InlineData("capabilities")]
    [InlineData("architectures")]
    [InlineData("summary")]
    public void Schema_rowWithoutMember_refuses(string member)
    {
        JsonNode document = JsonNode.Parse(Text)!;
        document["ioctls"]![0]!.AsObject().Remove(member);

        Assert.Equal([$"/ioctls/0: lacks {member}"], JsonSchema.Validate(Schema, document.ToJsonString()));
    }

    [Theory]
    [InlineData("""{"record": "kvm_x", "array": "a", "unit": "entries"}""")]
    [InlineData("""{"record": "kvm_x", "array": "a", "count": "n", "unit": "none", "reason": "r"}""")]
    [InlineData("""{"record": "kvm_x", "array": "a", "unit": "none"}""")]
    [InlineData("""{"record": "kvm_x", "array": "a", "count": "n", "unit": "pages"}""")]
    public void Schema_brokenFlexible_refuses(string row)
    {
        JsonNode document = JsonNode.Parse(Text)!;
        document["flexible"]!.AsArray().Add(JsonNode.Parse(row));

        Assert.NotEmpty(JsonSchema.Validate(Schema, document.ToJsonString()));
    }

    [Fact]
    public void Reader_theFile_readsEveryRow()
    {
        ReadResult<KnowledgeDocument> result = KnowledgeReader.Read(Text);

        Assert.Null(result.Error);
        Assert.Equal(JsonNode.Parse(Text)!["ioctls"]!.AsArray().Count, result.Document!.Ioctls.Length);
    }

    [Fact]
    public void File_itsForm_isOneRowALineSortedByName()
    {
        const string row = "    {\"name\": ";
        string[] lines = [.. Text.Split('\n').Where(l => l.StartsWith(row, StringComparison.Ordinal))];
        JsonNode file = JsonNode.Parse(Text)!;
        string[] ioctls = NamesOf("ioctls");
        string[] registers = NamesOf("registers");

        Assert.Equal([.. ioctls, .. registers], lines.Select(l => l.Split('"')[3]));
        Assert.Equal(ioctls.Order(StringComparer.Ordinal).Distinct(), ioctls);
        Assert.Equal(registers.Order(StringComparer.Ordinal).Distinct(), registers);
        Assert.DoesNotContain('\r', Text);
        Assert.EndsWith("}\n", Text);

        string[] NamesOf(string list) => [.. file[list]!.AsArray().Select(item => (string)item!["name"]!)];
    }

    [Fact]
    public void File_itsLists_areInTheProjectsOrder()
    {
        string[] fds = ["system", "vm", "vcpu", "device"];
        string[] architectures = ["x64", "arm64", "riscv64", "s390x", "ppc64le", "mips64", "loongarch64"];
        foreach (IoctlKnowledge row in KnowledgeReader.Read(Text).Document!.Ioctls)
        {
            Assert.Equal(fds.Where(row.Fds.Contains), row.Fds);
            Assert.Equal(architectures.Where(row.Architectures.Contains), row.Architectures);
        }
    }
}
