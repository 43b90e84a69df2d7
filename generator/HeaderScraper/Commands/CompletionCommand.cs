using System.CommandLine;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary><c>kvmgen completion SHELL</c>: a script that makes a shell ask kvmgen for completions.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        Argument<string> shell = new("shell")
        {
            HelpName = "bash|zsh|fish|pwsh",
            Description = "The shell to write it for.",
        };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        Command command = new(
            "completion",
            "Write a shell's completion script: eval \"$(kvmgen completion bash)\" in ~/.bashrc.");
        command.Arguments.Add(shell);
        command.SetAction(result => Guard.Run(result, ExitCodes.Usage, screen =>
        {
            screen.Output.Write(ScriptFor(result.GetRequiredValue(shell)));
            return ExitCodes.Success;
        }));
        return command;
    }

    // [suggest:N] is System.CommandLine's directive: what may stand at column N of the line that follows.
    private static string ScriptFor(string shell) => shell switch
    {
        "bash" => """
            _kvmgen() {
                local IFS=$'\n'
                local words=$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
                COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _kvmgen kvmgen

            """,
        "zsh" => """
            _kvmgen() {
                local -a words_found
                words_found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
                compadd -- ${words_found:#} || _files
            }
            compdef _kvmgen kvmgen

            """,
        "fish" => """
            complete -c kvmgen -a '(kvmgen "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'

            """,
        _ => """
            Register-ArgumentCompleter -Native -CommandName kvmgen -ScriptBlock {
                param($word, $line, $position)
                kvmgen "[suggest:$position]" "$line" 2>$null | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }

            """,
    };
}
