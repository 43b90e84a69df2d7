namespace KvmInterop.Tests.Packages.Processes;

/// <summary>A project of somebody else.</summary>
internal sealed class Consumer
{
    private readonly PackedPackages packages;

    /// <param name="content">What stands in the project file besides the usual; VERSION is the
    /// packages'.</param>
    /// <param name="code">The program; PROJECT is the project's name.</param>
    public Consumer(PackedPackages packages, string name, string content, string code)
    {
        this.packages = packages;
        Folder = packages.NewFolder(name);
        Name = Path.GetFileName(Folder);
        Write($"{Name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
              </PropertyGroup>
            {content.Replace("VERSION", PackedPackages.Version, StringComparison.Ordinal)}
            </Project>
            """);
        Write("Program.cs", code.Replace("PROJECT", Name, StringComparison.Ordinal));
    }

    public string Folder { get; }

    public string Name { get; }

    public static string Reference(string package) =>
        $"""<ItemGroup><PackageReference Include="{package}" Version="VERSION" /></ItemGroup>""";

    /// <param name="attributes">Those of the item: <c>Include="..." Namespace="..."</c>.</param>
    public static string Headers(string attributes) => $"<ItemGroup><KvmHeaders {attributes} /></ItemGroup>";

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    public Outcome Build(params string[] arguments) => Dotnet(["build", "-nologo", .. arguments]);

    /// <summary>What an IDE runs to know a project: it must not fail, whatever is missing.</summary>
    public Outcome DesignTimeBuild() => Dotnet(
        "msbuild", "-nologo", "-t:Compile", "-getItem:AdditionalFiles", "-p:DesignTimeBuild=true",
        "-p:BuildingProject=false", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true");

    public Outcome Run() => Dotnet("exec", Path.Combine("bin", "Debug", "net10.0", Name + ".dll"));

    public Outcome Dotnet(params string[] arguments) =>
        Processes.Dotnet.Run(Folder, packages.Environment, arguments);

    public Outcome DotnetWith(string variable, string value, params string[] arguments) =>
        Processes.Dotnet.Run(
            Folder, new Dictionary<string, string>(packages.Environment) { [variable] = value }, arguments);
}
