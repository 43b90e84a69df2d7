using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Scraper;

/// <summary>A model is read exactly, or the error says where it is wrong.</summary>
public class ModelReaderTests
{
    /// <summary>Every kind of thing that a model may hold, in canonical form but for one escape.</summary>
    private static readonly string Model =
        File.ReadAllText(Repository.PathOf("tests/Scraper/Samples/model.api.json"));

    [Fact]
    public void Read_canonicalText_isWrittenTheSame()
    {
        ReadResult<ApiDocument> result = ModelReader.Read(Model);

        Assert.Null(result.Error);
        string plain = Model.Replace("\\u0085", "\u0085", StringComparison.Ordinal);
        Assert.Equal(plain, ModelWriter.Write(result.Document!));
        Assert.Equal(result.Document, ModelReader.Read(ModelWriter.Write(result.Document!)).Document);
    }

    [Fact]
    public void Read_theModel_hasEveryPart()
    {
        ApiDocument document = ModelReader.Read(Model).Document!;

        ApiRecord record = Assert.Single(document.Records);
        Assert.Equal(("s", "struct", 48L, 8, "asm/kvm.h"),
            (record.Name, record.Kind, record.Size, record.Align, record.Header));
        ApiField bit = record.Fields[1];
        Assert.Equal((69L, 3, true, 8L), (bit.BitOffset, bit.BitWidth, bit.IsBitField, bit.Offset));
        ApiField io = record.Fields[2].Type.Inline!.Fields[0];
        Assert.Equal([2L], io.Type.Dims);
        Assert.Equal(0, io.Type.Inline!.Fields.Length);
        Assert.True(record.Fields[3].Type.IsFlexible);
        Assert.Equal("q\"b\\n\nt\tu\u0001é\u0085", document.Constants[1].Value);
        Assert.Null(document.Ioctls[0].Argument);
        Assert.Equal("struct s", document.Ioctls[1].Argument!.Name);
        ApiFunction function = Assert.Single(document.Functions);
        Assert.Equal("u32 G(u64 x, member of struct s m)", FunctionText.Declaration(function));
        Assert.Equal(
            "((x != 0) && 1) ? (1 << ((x & 0xf0) >> 4)) : (u32)~offsetof(m)",
            FunctionText.Value(function));
    }

    [Theory]
    [InlineData("\"schema\": 1", "\"schema\": «2»", "this is written in schema 2, and only schema 1")]
    [InlineData("\"schema\": 1", "\"schema\": «\"1\"»", "this is written in schema 1")]
    [InlineData("{\n  \"schema\": 1,", "«{»\n", "the model needs the member \"schema\"")]
    [InlineData("\"x64\"", "«\"x65\"»", "\"architecture\" has to be one of x64, arm64,")]
    [InlineData("\"linux\": \"6.1.187\"", "\"linux\": «6.1»", "\"linux\" has to be a string")]
    [InlineData(
        "{\n  \"schema\": 1,\n  \"architecture\": \"x64\",\n  \"linux\"",
        "«{»\n  \"schema\": 1,\n  \"architecture\": \"x64\",\n  \"linus\"",
        "the model needs the member \"linux\"")]
    [InlineData(
        "{\"name\": \"s\", \"kind\": \"struct\"",
        "«{»\"name\": \"s\"",
        "a record needs the member \"kind\"")]
    [InlineData(
        "\"size\": 48, \"align\"",
        "\"size\": «\"48\"», \"align\"",
        "\"size\" has to be an integer from 0 to")]
    [InlineData(
        "\"size\": 48, \"align\"",
        "\"size\": «4.8», \"align\"",
        "\"size\" has to be an integer from 0 to")]
    [InlineData(
        "\"size\": 48, \"align\"",
        "\"size\": «-48», \"align\"",
        "\"size\" has to be an integer from 0 to")]
    [InlineData("\"__u64 a\"", "\"__u64 a\", «\"c\"»: \"\"", "the member \"c\" is there twice")]
    [InlineData("\"__u64 a\"", "\"__u64 a\", «\"note\"»: \"\"", "\"note\" is not a member that a member has")]
    [InlineData(
        "\"type\": \"u64\", \"offset\"",
        "\"type\": «\"u65\"», \"offset\"",
        "\"type\" has to name a type")]
    [InlineData(
        "\"type\": \"u64\", \"offset\"",
        "\"type\": «\"u64[\"», \"offset\"",
        "\"type\" has to name a type")]
    [InlineData(
        "\"type\": \"u64\", \"offset\"",
        "\"type\": «\"u64[2][]\"», \"offset\"",
        "\"type\" has to name a type")]
    [InlineData(
        "\"type\": \"u64\", \"offset\"",
        "\"type\": «\"struct 1\"», \"offset\"",
        "\"type\" has to name a type")]
    [InlineData(
        "\"type\": \"u64\", \"offset\"",
        "\"type\": «\"inline\"», \"offset\"",
        "a member has a \"record\" when")]
    [InlineData(
        "\"type\": \"inline\", \"offset\"",
        "\"type\": «\"u8\"», \"offset\"",
        "a member has a \"record\" when")]
    [InlineData("\"struct s[]\"", "«\"struct t[]\"»", "the model has no 'struct t'")]
    [InlineData(
        "{\"name\": \"b\", \"c\": \"__u8 b : 3\", \"type\": \"u8\", \"offset\": 8, \"size\": 1, "
            + "\"bit\": 5, \"width\": 3}",
        "«{»\"name\": \"b\", \"c\": \"\", \"type\": \"u8\", \"offset\": 8, \"size\": 1, \"bit\": 5}",
        "a member needs the member \"width\"")]
    [InlineData("\"bit\": 5, \"width\": 3", "«\"width\"»: 3", "\"width\" is not a member that a member has")]
    [InlineData("\"bit\": 5", "\"bit\": «9»", "\"bit\" has to be an integer from 0 to 7")]
    [InlineData(
        "{\"name\": \"e\", \"c\": \"struct s e[]\", \"type\": \"struct s[]\", \"offset\": 48, \"size\": 0}",
        "«{\"name\": \"a\", \"c\": \"\", \"type\": \"u8\", \"offset\": 0, \"size\": 1}»",
        "the member a is there twice")]
    [InlineData("\"value\": -1", "\"value\": «-1e3»", "\"value\" has to be an integer of at most 64 bits")]
    [InlineData(
        "18446744073709551615",
        "«18446744073709551616»",
        "\"value\" has to be an integer of at most")]
    [InlineData("\"none\"", "«\"both\"»", "\"direction\" has to be one of none, read, write, readwrite")]
    [InlineData("44672", "«4294967296»", "\"value\" has to be an integer from 0 to 4294967295")]
    [InlineData("\"name\": \"F\"", "\"name\": «\"A\"»", "the macro A is there twice")]
    [InlineData("\"name\": \"F\"", "\"name\": «\"G\"»", "the macro G is there twice")]
    [InlineData(
        "\"type\": \"member\", \"record\": \"struct s\"",
        "\"type\": \"member\", \"record\": «\"struct t\"»",
        "the model has no 'struct t'")]
    [InlineData(
        "\"type\": \"member\", \"record\": \"struct s\"",
        "\"type\": \"member\", \"record\": «\"s\"»",
        "\"record\" has to name a struct or a union")]
    [InlineData(
        "{\"name\": \"m\", \"type\": \"member\", \"record\": \"struct s\"}",
        "«{»\"name\": \"m\", \"type\": \"member\"}",
        "a parameter needs the member \"record\"")]
    [InlineData(
        "{\"name\": \"x\", \"type\": \"u64\"}",
        "{\"name\": \"x\", \"type\": «\"u32\"»}",
        "\"type\" has to be one of u64, member")]
    [InlineData(
        "{\"name\": \"x\", \"type\": \"u64\"}",
        "{\"name\": \"x\", \"type\": \"u64\", «\"record\"»: \"struct s\"}",
        "\"record\" is not a member that a parameter has")]
    [InlineData("\"parameters\": [", "\"parameters\": «{}», \"x\": [", "\"parameters\" has to be an array")]
    [InlineData("\"skipped\": [", "\"skipped\": «{}», \"x\": [", "\"skipped\" has to be an array")]
    [InlineData("\"q\\\"b\\\\n\\nt\\tu\\u0001é", "«\"q»\n", "this string has no closing quote on its line")]
    [InlineData("\\u0001", "«\\u»00x1", "this is no escape sequence of JSON")]
    [InlineData("\"s32\"", "«s»32", "'s' is no value of JSON")]
    [InlineData(
        "},\n      {\"name\": \"b\"",
        "}\n      «{»\"name\": \"b\"",
        "a comma or ']' was expected here")]
    [InlineData("  ]\n}\n", "  ]\n«»", "the document ends where a comma or '}' was expected")]
    [InlineData("  ]\n}\n", "  ],\n«}»\n", "a member's name in double quotes was expected here")]
    [InlineData("  ]\n}\n", "  ]\n}\n«{»}", "the document goes on after its end")]
    public void Read_wrongModel_saysWhereAndWhat(string right, string marked, string message)
    {
        Assert.Contains(right, Model, StringComparison.Ordinal);
        int at = Model.IndexOf(right, StringComparison.Ordinal);
        string text = string.Concat(Model.AsSpan(0, at), marked, Model.AsSpan(at + right.Length));
        int start = text.IndexOf('«', StringComparison.Ordinal);
        int end = text.IndexOf('»', StringComparison.Ordinal) - 1;
        text = text.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal);

        ReadResult<ApiDocument> result = ModelReader.Read(text);

        Assert.Null(result.Document);
        Assert.StartsWith(message, result.Error!.Message, StringComparison.Ordinal);
        Assert.Equal((start, end - start), (result.Error.Offset, result.Error.Length));
        string[] before = text[..start].Split('\n');
        Assert.Equal((before.Length, before[^1].Length + 1), (result.Error.Line, result.Error.Column));
    }

    [Theory]
    [InlineData("", "ends too early")]
    [InlineData("y", "has 'y' where a u32 is needed")]
    [InlineData("x", "has 'x' where a u32 is needed")]
    [InlineData("m", "has 'm' where a u32 is needed")]
    [InlineData("(cast u32 u64 m)", "has 'm' where a u64 is needed")]
    [InlineData("(cast u32 u64 (offsetof x))", "asks for the offset of 'x', which names no member")]
    [InlineData("(cast u32 u65 x)", "has 'u65' where a type is needed")]
    [InlineData("4294967296", "has 4294967296 where a number of the type u32 is needed")]
    [InlineData("-1", "has -1 where a number of the type u32 is needed")]
    [InlineData("0x10", "has 0x10 where a number of the type u32 is needed")]
    [InlineData("1.5", "has 1.5 where a number of the type u32 is needed")]
    [InlineData("(cast u32 s8 128)", "has 128 where a number of the type s8 is needed")]
    [InlineData("(cast u32 s64 9223372036854775808)", "has 9223372036854775808 where a number of")]
    [InlineData("(add u64 x 1)", "has a part of another form or type where u32 is needed")]
    [InlineData("(eq u32 1 1)", "has a part of another form or type where u32 is needed")]
    [InlineData("(add u32 1 1 1)", "has a part of another form or type where u32 is needed")]
    [InlineData("(add u32 1)", "has ')' where a u32 is needed")]
    [InlineData("(pow u32 1 1)", "has the unknown operator 'pow'")]
    [InlineData("(add u32 1 1", "ends too early")]
    [InlineData("(add u32 1 1) 2", "goes on after its end with '2'")]
    public void Read_wrongFunction_saysWhat(string value, string message)
    {
        const string start = "\"value\": \"(if u32";
        int at = Model.IndexOf(start, StringComparison.Ordinal) + "\"value\": ".Length;
        int end = Model.IndexOf('"', at + 1) + 1;
        string text = string.Concat(Model.AsSpan(0, at), $"\"{value}\"", Model.AsSpan(end));

        ReadResult<ApiDocument> result = ModelReader.Read(text);

        Assert.Null(result.Document);
        Assert.StartsWith("the value " + message, result.Error!.Message, StringComparison.Ordinal);
        Assert.Equal((at, value.Length + 2), (result.Error.Offset, result.Error.Length));
    }

    [Theory]
    [InlineData(150, true)]
    [InlineData(100_000, false)]
    public void Read_deepFunction_isAnErrorBeforeTheStackEnds(int depth, bool isRead)
    {
        string value = string.Concat(Enumerable.Repeat("(not u32 ", depth)) + "1" + new string(')', depth);
        int at = Model.IndexOf("(if u32", StringComparison.Ordinal);
        string text = string.Concat(
            Model.AsSpan(0, at), value, Model.AsSpan(Model.IndexOf('"', at)));

        ReadError? error = ModelReader.Read(text).Error;

        Assert.Equal(isRead ? null : "the value is nested too deeply", error?.Message);
    }

    [Fact]
    public void Read_endlessNesting_isAnError()
    {
        ReadError? error = ModelReader.Read(new string('[', 100_000)).Error;

        Assert.Equal("values are nested deeper than 64 levels", error!.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\u0000")]
    [InlineData("{\"schema\"")]
    [InlineData("-")]
    [InlineData("\"\\")]
    [InlineData("\"\\u12")]
    public void Read_noModelAtAll_isAnError(string text)
    {
        ReadResult<ApiDocument> result = ModelReader.Read(text);

        Assert.Null(result.Document);
        Assert.InRange(result.Error!.Offset + result.Error.Length, 0, text.Length);
    }

    [Fact]
    public void Read_everyPrefixOfAModel_isAnErrorAndNoCrash()
    {
        for (int length = 0; length < Model.TrimEnd().Length; length++)
        {
            Assert.NotNull(ModelReader.Read(Model[..length]).Error);
        }
    }
}
