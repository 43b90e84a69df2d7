namespace KvmInterop.Tests.Tool;

/// <summary>What a shell is offered.</summary>
public class CompletionTests
{
    [Theory]
    [InlineData("kvmgen sh", "show")]
    [InlineData("kvmgen scrape --arch ri", "riscv64")]
    [InlineData("kvmgen scrape --headers 6.1", "6.1,6.12")]
    [InlineData("kvmgen diff 6.12 7", "7.3")]
    [InlineData("kvmgen show kvm_reg", "kvm_reg_list,kvm_regs")]
    [InlineData("kvmgen show KVM_SET_REG", "KVM_SET_REGS")]
    [InlineData("kvmgen headers fetch 7", "7.3")]
    [InlineData("kvmgen explain 0xae80 --ar", "--arch")]
    [InlineData("kvmgen diff 6.12 7.3 --format ht", "html")]
    [InlineData("kvmgen completion z", "zsh")]
    public void Suggest_offersWhatFits(string line, string expected)
    {
        string[] offered = Offered(line);
        Assert.All(expected.Split(','), word => Assert.Contains(word, offered));
    }

    [Fact]
    public void Suggest_nameOnly_offersNothingElse() =>
        Assert.All(
            Offered("kvmgen show kvm_irq"),
            word => Assert.StartsWith("kvm_irq", word, StringComparison.OrdinalIgnoreCase));

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public Task Completion_script(string shell)
    {
        Run run = Run.Of("completion", shell);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return Verify(run.Output).UseParameters(shell);
    }

    [SkippableFact]
    public void Completion_bash_completes()
    {
        string bash = Requires.Tool("bash");
        using TemporaryFolder folder = new();
        string program = Path.Combine(AppContext.BaseDirectory, "kvmgen.dll");
        const string script = """
            program=$1; kvmgen() { "$0" exec "$program" "$@"; }
            eval "$(kvmgen completion bash)"
            COMP_WORDS=(kvmgen show KVM_SET_REG); COMP_CWORD=2
            COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
            _kvmgen; echo "${COMPREPLY[@]}"; complete -p kvmgen
            """;

        Run run = Run.Start(folder.Path, bash, ["-c", script, Environment.ProcessPath!, program]);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Equal("KVM_SET_REGS\ncomplete -o default -F _kvmgen kvmgen\n", run.Output);
    }

    private static string[] Offered(string line)
    {
        Run run = Run.Of($"[suggest:{line.Length}]", line);
        Assert.Equal((0, ""), (run.Code, run.Error));
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
