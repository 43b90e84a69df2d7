using System.CommandLine;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary><c>kvmgen explain NUMBER</c>: which ioctl a number in a trace is.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        Argument<string[]> numbers = new("number")
        {
            HelpName = "NUMBER",
            Description = "A request as a trace has it: 0x4090ae82, 1083223682, -2138001791, or _IOC(...).",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> source = SourceOption.Create();
        Option<string?> architecture = new("--arch")
        {
            Description = "The architecture that the number is from (this machine's).",
            HelpName = "NAME",
        };
        architecture.CompletionSources.Add(Words.Architectures);
        Command command = new("explain", "Tell which ioctl a request number is, and take it apart.");
        command.Arguments.Add(numbers);
        command.Options.Add(source);
        command.Options.Add(architecture);
        command.SetAction(result => Guard.Run(result, ExitCodes.Usage, screen =>
        {
            ModelSet models = new ModelSources(screen.Progress).Open(result.GetValue(source));
            string on = result.GetValue(architecture) ?? HostArchitecture.Of(models);
            RequestNumber[] requests = [.. result.GetValue(numbers)!.Select(text => Parse(text, on))];
            int code = ExitCodes.Success;
            for (int i = 0; i < requests.Length; i++)
            {
                Explanation explanation = new(models, on, requests[i]);
                screen.Write(i == 0 ? explanation.Lines(screen.Width)
                    : [StyledText.Empty, .. explanation.Lines(screen.Width)]);
                code = explanation.IsKnown ? code : ExitCodes.Failure;
            }

            return code;
        }));
        return command;
    }

    private static RequestNumber Parse(string text, string architecture) =>
        RequestText.Parse(text, architecture) ?? throw new ScrapeException(
            $"{text} is no request number of 32 bits: give it as 0x4090ae82, in decimal, or as "
            + "_IOC(_IOC_WRITE, 0xae, 0x82, 0x90)");
}
