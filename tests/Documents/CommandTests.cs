using System.Text.RegularExpressions;

namespace KvmInterop.Tests.Documents;

/// <summary>What the documents tell a reader to type exists.</summary>
public sealed partial class CommandTests
{
    [Fact]
    public void Documents_buildVerbs_areKnownToBothScripts()
    {
        var verbs = ShellBlocks()
            .SelectMany(block => BuildCall().Matches(block.Text))
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .ToList();
        string bash = File.ReadAllText(Repository.PathOf("build.sh"));
        string powerShell = File.ReadAllText(Repository.PathOf("build.ps1"));

        Assert.Contains("test", verbs);
        Assert.All(verbs, verb => Assert.Matches($@"(?m)^\s*{verb}\b.*\)", bash));
        Assert.All(verbs, verb => Assert.Matches($@"(?m)^\s*'?{verb}'?\s*\{{", powerShell));
    }

    [Fact]
    public void Documents_projectPaths_exist()
    {
        var projects = ShellBlocks()
            .SelectMany(block => ProjectOption().Matches(block.Text))
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .ToList();

        Assert.Contains("examples/HelloVm", projects);
        Assert.All(projects, project => Assert.True(
            Directory.GetFiles(Repository.PathOf(project), "*.csproj").Length == 1, $"{project} is no project"));
    }

    [Fact]
    public void Documents_relativeLinks_leadToFiles()
    {
        var broken =
            from file in Repository.Files("*.md")
            let folder = Path.GetDirectoryName(Repository.PathOf(file))!
            from Match link in Link().Matches(File.ReadAllText(Repository.PathOf(file)))
            let target = link.Groups[1].Value
            where !Path.Exists(Path.Combine(folder, target))
            select $"{file}: {target}";

        Assert.Empty(broken);
    }

    [Fact]
    public void Documents_namedFoldersAndFiles_exist()
    {
        var named =
            from file in Repository.Files("*.md")
            from Match path in NamedPath().Matches(File.ReadAllText(Repository.PathOf(file)))
            select (File: file, Path: path.Groups[1].Value);

        Assert.Contains(named, name => name.Path == "generator/SourceGenerator/Plan");
        Assert.All(named, name => Assert.True(
            Path.Exists(Repository.PathOf(name.Path)), $"{name.File} names {name.Path}"));
    }

    private static IEnumerable<MarkdownCode> ShellBlocks() => MarkdownCode.ReadAll("sh");

    [GeneratedRegex(@"\./build\.sh (\w+)")]
    private static partial Regex BuildCall();

    [GeneratedRegex(@"--project (\S+)")]
    private static partial Regex ProjectOption();

    // Of the checkout; headers/cache is there when something was fetched.
    [GeneratedRegex(@"`((?:headers(?!/cache)|generator|runtime|tests|examples|docs|build)/[\w./-]+)`")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"\]\((?!\w+:|#)([^)#\s]+)")]
    private static partial Regex Link();
}
