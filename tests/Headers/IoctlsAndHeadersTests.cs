using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.Tests.Headers;

/// <summary>What headers/ioctls.json says, against the headers of the releases.</summary>
public sealed class IoctlsAndHeadersTests
{
    private static readonly KnowledgeDocument Knowledge =
        KnowledgeReader.Read(File.ReadAllText(Repository.PathOf("headers/ioctls.json"))).Document!;

    public static TheoryData<string> Releases => [.. HeaderText.Releases];

    [SkippableTheory]
    [MemberData(nameof(Releases))]
    public void Rows_macrosOfARelease_haveOneEach(string release)
    {
        string[] macros = [.. HeaderText.Macros(release).Select(m => m.Name)];

        // The pattern found the macros at all: no release ever had fewer.
        Assert.True(macros.Length > 140, $"only {macros.Length} macros in {release}");
        Assert.Empty(macros.Except(Knowledge.Ioctls.Select(i => i.Name)));
    }

    // The same without any header: the committed models have the macros of the default release.
    [Fact]
    public void Rows_macrosOfTheModels_haveOneEach()
    {
        string[] macros =
        [
            .. Repository.Files("*.api.json")
                .Where(f => f.StartsWith("headers/models/", StringComparison.Ordinal))
                .Select(f => ModelReader.Read(File.ReadAllText(Repository.PathOf(f))).Document!)
                .SelectMany(m => m.Ioctls).Select(i => i.Name).Distinct(),
        ];

        Assert.True(macros.Length > 100, $"only {macros.Length} macros in the models");
        Assert.Empty(macros.Except(Knowledge.Ioctls.Select(i => i.Name)));
    }

    [Fact]
    public void Registers_theirParts_areInOneModel()
    {
        ApiDocument[] models =
        [
            .. Repository.Files("*.api.json")
                .Where(f => f.StartsWith("headers/models/", StringComparison.Ordinal))
                .Select(f => ModelReader.Read(File.ReadAllText(Repository.PathOf(f))).Document!),
        ];

        Assert.NotEmpty(Knowledge.Registers);
        Assert.All(Knowledge.Registers, register => Assert.Contains(models, model =>
            model.Functions.Any(f => f.Name == register.Index && f.Parameters.Any(p => p.IsMember))
            && register.Constants.All(name => model.Constants.Any(c => c.Name == name))));
    }

    // The other way round: a macro over offsetof is of no use without the rest of the id.
    [Fact]
    public void Registers_macrosOverMembersOfTheModels_haveOneEach()
    {
        IEnumerable<string> macros = Repository.Files("*.api.json")
            .Where(f => f.StartsWith("headers/models/", StringComparison.Ordinal))
            .SelectMany(f => ModelReader.Read(File.ReadAllText(Repository.PathOf(f))).Document!.Functions)
            .Where(f => f.Parameters.Any(p => p.IsMember)).Select(f => f.Name);

        Assert.Equal(
            macros.Order(StringComparer.Ordinal),
            Knowledge.Registers.Select(r => r.Index).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public void Rows_noRelease_lacksTheMacro()
    {
        IEnumerable<string> macros = HeaderText.Releases.SelectMany(HeaderText.Macros).Select(m => m.Name);

        Assert.Empty(Knowledge.Ioctls.Select(i => i.Name).Except(macros));
    }

    [SkippableFact]
    public void Rows_theirCapabilities_areInSomeHeader()
    {
        IEnumerable<string> known = HeaderText.Releases.SelectMany(HeaderText.Capabilities);

        Assert.Empty(Knowledge.Ioctls.SelectMany(i => i.Capabilities).Except(known));
    }

    [SkippableTheory]
    [MemberData(nameof(Releases))]
    public void Rows_argumentThatTheMacroLacks_isTypedHere(string release)
    {
        foreach (IoctlMacro macro in HeaderText.Macros(release))
        {
            IoctlKnowledge row = Row(macro.Name);
            bool isPointer = row.Argument is "in" or "out" or "inout";
            bool isTyped = macro.Type.Length > 0 || row.ArgumentType.Length > 0;

            Assert.True(isTyped || !isPointer, $"{macro.Name} takes a pointer to nothing that has a name");
            Assert.True(
                macro.Type.Length == 0 || row.Argument != "none",
                $"{macro.Name} takes {macro.Type} and is none here");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Releases))]
    public void Rows_theirTypes_areRecordsOfTheHeaders(string release)
    {
        string[] records = [.. HeaderText.Read(release).Values.SelectMany(t => HeaderText.Bodies(t).Keys)];
        string[] macros = [.. HeaderText.Macros(release).Select(m => m.Name)];
        string[] types =
        [
            .. Knowledge.Ioctls.Where(i => macros.Contains(i.Name)).Select(i => i.ArgumentType)
                .Where(t => t.StartsWith("struct ", StringComparison.Ordinal)),
        ];

        Assert.NotEmpty(types);
        Assert.Empty(types.Except(records.Select(r => "struct " + r)));
    }

    // An ioctl cannot be on an architecture that lacks its argument. The other way round it may well be: the
    // kernel has cases of its own for few of the records that all architectures share.
    [SkippableFact]
    public void Rows_theirArchitectures_haveTheArgumentsRecord()
    {
        List<string> wrong = [];
        IEnumerable<IoctlMacro> macros = HeaderText.Releases.SelectMany(HeaderText.Macros);
        foreach (IoctlMacro macro in macros.DistinctBy(m => m.Name))
        {
            string record = macro.Type.Replace("struct ", "", StringComparison.Ordinal);
            string[] triplets =
                [.. HeaderText.Releases.SelectMany(r => HeaderText.TripletsOf(record, r)).Distinct()];
            if (triplets.Length == 0)
                continue;
            wrong.AddRange(Row(macro.Name).Architectures
                .Where(a => !triplets.Contains(HeaderArchitecture.Find(a)!.Triplet))
                .Select(a => $"{macro.Name} on {a} lacks {record}"));
        }

        Assert.Empty(wrong);
    }

    [SkippableTheory]
    [MemberData(nameof(Releases))]
    public void Flexible_recordsOfARelease_haveARowWithTheirMembers(string release)
    {
        Dictionary<string, string> flexible = HeaderText.Read(release).Values
            .SelectMany(HeaderText.Bodies)
            .Where(record => HeaderText.HasFlexibleArray(record.Value))
            .ToDictionary();

        Assert.Equal(Knowledge.Flexible.Select(f => f.Record), flexible.Keys.Order(StringComparer.Ordinal));
        Assert.All(Knowledge.Flexible, row => Assert.Contains(row.Array, flexible[row.Record]));
        Assert.All(Knowledge.Flexible, row => Assert.Contains(row.Count, flexible[row.Record]));
    }

    private static IoctlKnowledge Row(string name) => Assert.Single(Knowledge.Ioctls, i => i.Name == name);
}
