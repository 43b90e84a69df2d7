using System.CommandLine;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper.Commands;

/// <summary><c>kvmgen show NAME</c>: everything that is known of a name.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        Argument<string[]> names = new("name")
        {
            HelpName = "NAME",
            Description = "A record, one of its members (kvm_run.io), an ioctl, a constant or an enum.",
            Arity = ArgumentArity.OneOrMore,
        };
        names.CompletionSources.Add(Words.ApiNames);
        SourceOption.RefuseOptions(names);
        Option<string?> source = SourceOption.Create();
        Option<string?> architectures = SourceOption.CreateArchitectures("this machine's");
        Command command = new("show", "Draw a record, take an ioctl apart, tell a constant's value.");
        command.Arguments.Add(names);
        command.Options.Add(source);
        command.Options.Add(architectures);
        command.SetAction(result => Guard.Run(result, ExitCodes.Usage, screen =>
        {
            ModelSet models = new ModelSources(screen.Progress).Open(result.GetValue(source));
            int code = ExitCodes.Success;
            bool first = true;
            foreach (string name in result.GetValue(names)!)
            {
                IReadOnlyList<StyledText> lines = Show(models, name, result.GetValue(architectures), screen);
                if (lines.Count == 0)
                {
                    screen.Error.WriteLine(Unknown(models, name, result.GetValue(architectures)));
                    code = ExitCodes.Failure;
                }

                screen.Write(first || lines.Count == 0 ? lines : [StyledText.Empty, .. lines]);
                first &= lines.Count == 0;
            }

            return code;
        }));
        return command;
    }

    private static IReadOnlyList<StyledText> Show(
        ModelSet models, string name, string? architectures, Screen screen)
    {
        if (architectures is null)
        {
            // Who names no architecture wants to see the thing, wherever it is; this machine's first.
            string own = HostArchitecture.Of(models);
            return models.Architectures.OrderBy(one => one != own)
                .Select(one => NamePage.Of(models[one], one, name, screen.Width))
                .FirstOrDefault(lines => lines.Count > 0) ?? [];
        }

        // What reads alike but for the architecture is shown once.
        List<StyledText> all = [];
        foreach (var same in models.Load(SourceOption.Split(architectures, models.Architectures))
            .GroupBy(document => string.Join('\n', NamePage.Of(document, "", name, screen.Width))))
        {
            string where = string.Join(", ", same.Select(document => document.Architecture));
            IReadOnlyList<StyledText> lines = NamePage.Of(same.First(), where, name, screen.Width);
            if (all.Count > 0 && lines.Count > 0)
            {
                all.Add(StyledText.Empty);
            }

            all.AddRange(lines);
        }

        return all;
    }

    private static string Unknown(ModelSet models, string name, string? architectures)
    {
        IReadOnlyList<string> asked = architectures is null
            ? models.Architectures
            : SourceOption.Split(architectures, models.Architectures);
        string[] elsewhere =
        [
            .. models.Load([.. models.Architectures.Except(asked)])
                .Where(document => Catalog.Of(document).Find(name).Any(e => e.Kind != EntryKind.Skipped))
                .Select(document => document.Architecture),
        ];
        string where = architectures is null ? models.Name : $"{models.Name} for {string.Join(", ", asked)}";
        if (elsewhere.Length > 0)
        {
            return $"kvmgen: {where} has no {name}, but {string.Join(", ", elsewhere)} has: "
                + $"use --arch {elsewhere[0]}";
        }

        IReadOnlyList<string> near = Suggestions.For(name, models.Load(asked).SelectMany(Known));
        return $"kvmgen: {where} has no {name}" + (near.Count == 0
            ? "; `kvmgen list '*WORD*'` finds names"
            : $"; did you mean {string.Join(" or ", near)}?");

        IEnumerable<string> Known(ApiDocument document)
        {
            Catalog catalog = Catalog.Of(document);
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            return dot < 0
                ? catalog.Names
                : catalog.Find(name[..dot]).Select(entry => entry.Item).OfType<ApiRecord>()
                    .SelectMany(record => RecordMember.Of(record).Select(one => $"{record.Name}.{one.Path}"))
                    .Concat(catalog.Names);
        }
    }
}
