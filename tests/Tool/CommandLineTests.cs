using System.Text.RegularExpressions;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Tool;

/// <summary>Wrong input, the environment, and what a script sees: kvmgen as a process.</summary>
public sealed partial class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("frob", "there is no command frob; there are list, show, explain, diff, scrape, verify, ")]
    [InlineData("shwo KVM_RUN", "there is no command shwo; did you mean show?")]
    [InlineData("show", "Required argument missing for command: 'show'; `kvmgen show --help` tells")]
    [InlineData("diff 7.3", "Required argument missing for command: 'diff'; `kvmgen diff --help` tells")]
    [InlineData("diff 7.3 7.3 --format pdf", "Argument 'pdf' not recognized. Must be one of: 'text' ")]
    [InlineData("list --colour", "Unrecognized option '--colour'; ")]
    [InlineData("list a b", "Unrecognized command or argument 'b'; ")]
    [InlineData("completion csh", "Argument 'csh' not recognized. Must be one of: 'bash' ")]
    [InlineData("headers frob", "")]
    [InlineData("list --headers ./nowhere", "./nowhere does not exist")]
    [InlineData("list --model nothing.api.json", "nothing.api.json does not exist")]
    [InlineData("list --headers 9.9", "There is no release 9.9, but 6.1, 6.12, 7.3;")]
    [InlineData("list --headers empty", "empty has no linux/kvm.h")]
    [InlineData("list --arch vax", "7.3 has no architecture 'vax': it has x64, arm64, ")]
    [InlineData("list --model broken.api.json", "broken.api.json:1:")]
    [InlineData("list --model models", "x64.api.json is a model of arm64: name it arm64.api.json")]
    [InlineData("diff 7.3 7.3 --known nothing.txt", "Could not find file ")]
    [InlineData("diff 7.3 7.3 --output nowhere/report", "Could not find a part of the path ")]
    [InlineData("explain twelve", "twelve is no request number of 32 bits")]
    [InlineData("verify nothing.api.json", "nothing.api.json does not exist")]
    public void Run_wrongInput_exits2WithOneSentence(string arguments, string error)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, "empty"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "models"));
        folder.Write("broken.api.json", "{ this is none");
        folder.Write(
            "models/x64.api.json", ModelWriter.Write(Small.Model() with { Architecture = "arm64" }));

        Run run = Tool.Run.Process(folder.Path, arguments.Split(' '));

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.StartsWith("kvmgen: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Run_noArguments_helpsAndExits2()
    {
        Run run = Tool.Run.Process(folder.Path);
        Assert.Equal(2, run.Code);
        Assert.Contains("show <NAME>", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("list")]
    [InlineData("show")]
    [InlineData("explain")]
    [InlineData("diff")]
    [InlineData("scrape")]
    [InlineData("verify")]
    [InlineData("headers")]
    [InlineData("completion")]
    public void Help_everyCommand_isSentencesAndExits0(string command)
    {
        Run run = Run.Of([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal((0, ""), (run.Code, run.Error));

        // Every line with a description has two columns: what, and a sentence that begins with a capital.
        string[] descriptions =
            [.. Columns().Matches(run.Output).Select(match => match.Groups["text"].Value)];
        Assert.NotEmpty(descriptions);
        Assert.All(descriptions, text => Assert.Matches("^[A-Z]|^text, markdown", text));
    }

    [Fact]
    public void Default_outsideOfACheckout_needsNothing()
    {
        Run run = Tool.Run.Process(folder.Path, "show", "KVM_RUN", "--arch", "x64");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.StartsWith("KVM_RUN  ioctl, x64", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("show kvm_run")]
    [InlineData("list *CAP*")]
    [InlineData("explain 0xae80")]
    [InlineData("diff 7.3 7.3")]
    [InlineData("show kvm_rnu")]
    public void Output_inAPipe_hasNoEscapes(string arguments)
    {
        Run run = Tool.Run.Process(folder.Path, arguments.Split(' '));
        Assert.DoesNotContain('\e', run.Output + run.Error);
    }

    [SkippableTheory]
    [InlineData("xterm", "", true)]
    [InlineData("xterm", "1", false)]
    [InlineData("dumb", "", false)]
    public void Output_onATerminal_isColouredUnlessUnwanted(string terminal, string noColor, bool coloured)
    {
        Run run = Tool.Run.OnTerminal(
            folder.Path, [("TERM", terminal), ("NO_COLOR", noColor)], "show KVM_RUN --arch x64");
        Assert.Equal(0, run.Code);
        Assert.Contains("0xae80", run.Output, StringComparison.Ordinal);
        Assert.Equal(coloured, run.Output.Contains("\e[34m0xae80\e[0m", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Progress_onATerminal_isShownAndErased()
    {
        Requires.LibClang();
        string headers = Requires.Headers("7.3");
        string arguments = $"scrape --headers '{headers}' --output '{folder.Path}/models'";

        Run terminal = Tool.Run.OnTerminal(folder.Path, [("TERM", "xterm")], arguments);
        Run pipe = Tool.Run.Process(
            folder.Path, "scrape", "--headers", headers, "--output", Path.Combine(folder.Path, "models"));

        Assert.Contains("of 7 architectures", terminal.Output, StringComparison.Ordinal);
        Assert.EndsWith("\r\e[K", terminal.Output, StringComparison.Ordinal);
        Assert.Equal(("", ""), (pipe.Output, pipe.Error));
    }

    [GeneratedRegex("^  (?<what>[^ ].*?)  +(?<text>[^ ].*)$", RegexOptions.Multiline)]
    private static partial Regex Columns();
}
