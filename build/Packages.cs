#:property PublishAot=false
// Finds out which of the two optional packages the registry has, writes the answer to packages.found.props,
// which Directory.Build.props imports, and says what is in use. It asks once: again when a version in
// Directory.Packages.props changes or packages.found.props is deleted. It never fails a build, since the
// repository has its own form of both.
using System.Diagnostics;

const string Answer = "packages.found.props";
const string Versions = "Directory.Packages.props";
(string Switch, string[] Packages)[] wanted =
[
    ("UseClangSharp", ["ClangSharp.Interop", "libclang.runtime.linux-x64"]),
    ("UseVerify", ["Verify.Xunit"]),
];

if (!File.Exists(Answer) || File.GetLastWriteTimeUtc(Answer) < File.GetLastWriteTimeUtc(Versions))
{
    var lines = new List<string>();
    foreach ((string name, string[] packages) in wanted)
    {
        if (Restores(packages) is not { } found)
        {
            Console.WriteLine("The package registry does not answer; it is asked again next time.");
            File.Delete(Answer);
            break;
        }

        string value = found ? "true" : "false";
        lines.Add($"    <{name} Condition=\"'$({name})' == ''\">{value}</{name}>");
    }

    if (lines.Count == wanted.Length)
    {
        string[] file = ["<Project>", "  <PropertyGroup>", .. lines, "  </PropertyGroup>", "</Project>"];
        File.WriteAllLines(Answer, file);
    }
}

string answer = File.Exists(Answer) ? File.ReadAllText(Answer) : "";
string parser = answer.Contains("true</UseClangSharp>", StringComparison.Ordinal)
    ? "ClangSharp.Interop" : "built-in libclang binding";
string snapshots = answer.Contains("true</UseVerify>", StringComparison.Ordinal)
    ? "Verify.Xunit" : "built-in stand-in for Verify.Xunit";
Console.WriteLine($"Header parser: {parser}. Snapshots: {snapshots}.");

// Null: no answer, which says nothing about the packages.
static bool? Restores(string[] packages)
{
    DirectoryInfo folder = Directory.CreateTempSubdirectory("packages-");
    try
    {
        // Outside the repository, so that none of its settings but the versions can make the restore fail.
        File.Copy(Versions, Path.Combine(folder.FullName, Versions));
        string references = string.Concat(packages.Select(p => $"<PackageReference Include=\"{p}\" />"));
        File.WriteAllText(Path.Combine(folder.FullName, "Ask.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
            </Project>
            """);
        using Process restore = Process.Start(new ProcessStartInfo("dotnet", ["restore", "--nologo", "-v:q"])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> said = restore.StandardOutput.ReadToEndAsync();
        restore.BeginErrorReadLine();
        if (!restore.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            restore.Kill(entireProcessTree: true);
            return null;
        }

        // NU1101 to NU1103: the registry has no such package or version.
        bool lacks = said.Result.Contains("NU110", StringComparison.Ordinal);
        return restore.ExitCode == 0 ? true : lacks ? false : null;
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}
