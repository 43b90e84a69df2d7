using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Inputs;

/// <summary>
/// Finds what is wrong with the input. Errors come alone: what follows from them is no news.
/// </summary>
internal sealed class InputChecker(InputSet inputs)
{
    public bool HasErrors() => Errors().Any();

    /// <summary>What there is to report; <paramref name="texts"/> tell where.</summary>
    public IEnumerable<Finding> Findings(IEnumerable<InputFile> texts)
    {
        Dictionary<string, string> text = [];
        foreach (InputFile file in texts)
        {
            text[file.Path] = file.Text;
        }

        Finding[] errors = [.. Errors()];
        foreach (Finding finding in errors.Length > 0
            ? errors
            : [.. Remarks(), .. ApiListChecker.Check(inputs, text)])
        {
            yield return finding.Locate(text.TryGetValue(finding.Path, out string? content) ? content : "");
        }
    }

    private IEnumerable<Finding> Errors()
    {
        foreach (ModelFile model in inputs.Models)
        {
            if (model.Result.Error is { } error)
            {
                yield return Finding.Unreadable(model.Path, error);
            }
        }

        foreach (KnowledgeFile file in inputs.Knowledge)
        {
            if (file.Result.Error is { } error)
            {
                yield return Finding.Unreadable(file.Path, error);
            }
        }

        foreach (InputGroup group in inputs.Groups())
        {
            if (!new FileNamespace("", group.Namespace).IsValid)
            {
                yield return new Finding("KVMGEN005", group.Models[0].Path, "", group.Namespace);
            }

            foreach (Finding finding in Twice(group))
            {
                yield return finding;
            }
        }
    }

    private static IEnumerable<Finding> Twice(InputGroup group)
    {
        Dictionary<string, string> architectures = [];
        foreach (ModelFile model in group.Models)
        {
            if (model.Result.Document is not { } document)
            {
                continue;
            }

            if (architectures.TryGetValue(document.Architecture, out string? first))
            {
                string text = $"\"{document.Architecture}\"";
                yield return new Finding(
                    "KVMGEN003", model.Path, text, document.Architecture, Path.GetFileName(first));
            }
            else
            {
                architectures[document.Architecture] = model.Path;
            }
        }

        if (group.Knowledge.Count > 1)
        {
            yield return new Finding("KVMGEN006", group.Knowledge[1].Path, "", group.Namespace);
        }
    }

    private IEnumerable<Finding> Remarks()
    {
        foreach (InputGroup group in inputs.Groups())
        {
            if (group.Knowledge.Count == 0)
            {
                yield return new Finding("KVMGEN007", group.Models[0].Path, "");
                continue;
            }

            foreach (Finding finding in FlexibleChecker.Check(group))
            {
                yield return finding;
            }

            HashSet<string> known = new(
                group.Knowledge[0].Result.Document!.Ioctls.Select(row => row.Name), StringComparer.Ordinal);
            IReadOnlyList<ApiDocument> documents = group.Chosen();
            for (int i = 0; i < documents.Count; i++)
            {
                string path = group.Models[i].Path;
                foreach (ApiIoctl ioctl in documents[i].Ioctls)
                {
                    // Once for a macro, however many architectures have it.
                    if (known.Add(ioctl.Name))
                    {
                        yield return new Finding("KVMGEN004", path, $"\"{ioctl.Name}\"", ioctl.Name);
                    }
                }
            }
        }
    }
}
