using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// Reduces models to what lists choose, and what that needs to be of use: the records of arguments and those
/// inside of records, enums, and the capabilities that tell whether an ioctl is there. What is needed on one
/// architecture stays on all that have it, so that nothing looks as if others lacked it.
/// </summary>
internal sealed class ApiSelection
{
    private readonly IReadOnlyList<ApiDocument> documents;
    private readonly NamePattern[] included;
    private readonly NamePattern[] excluded;
    private readonly HashSet<string> types = new(StringComparer.Ordinal);
    private readonly HashSet<string> constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> functions = new(StringComparer.Ordinal);
    private readonly Queue<string> pending = new();

    private ApiSelection(IReadOnlyList<ApiDocument> documents, IEnumerable<string> patterns)
    {
        this.documents = documents;
        NamePattern[] all = [.. patterns.Select(pattern => new NamePattern(pattern))];
        included = [.. all.Where(pattern => !pattern.Excludes)];
        excluded = [.. all.Where(pattern => pattern.Excludes)];
    }

    public static IReadOnlyList<ApiDocument> Apply(
        IReadOnlyList<ApiDocument> documents, KnowledgeDocument? known, IReadOnlyList<string> patterns)
    {
        if (patterns.Count == 0)
        {
            return documents;
        }

        ApiSelection selection = new(documents, patterns);
        selection.Collect(known);
        return [.. documents.Select(selection.Reduce)];
    }

    /// <summary>Without the registers that lists leave out; what chooses them, brings their parts.</summary>
    public static KnowledgeDocument? Apply(KnowledgeDocument? known, IReadOnlyList<string> patterns)
    {
        NamePattern[] excluded = new ApiSelection([], patterns).excluded;
        return known is null || excluded.Length == 0
            ? known
            : known with
            {
                Registers = new(known.Registers.Where(
                    row => !excluded.Any(pattern => pattern.Matches(row.Name)))),
            };
    }

    /// <summary>A list of exclusions alone is about everything else.</summary>
    private bool Chooses(string name) =>
        (included.Length == 0 || included.Any(pattern => pattern.Matches(name)))
        && !excluded.Any(pattern => pattern.Matches(name));

    private void Collect(KnowledgeDocument? known)
    {
        Dictionary<string, IoctlKnowledge> rows = new(StringComparer.Ordinal);
        foreach (IoctlKnowledge row in known?.Ioctls ?? EquatableArray<IoctlKnowledge>.Empty)
        {
            rows[row.Name] = row;
        }

        foreach (ApiDocument document in documents)
        {
            CollectFunctions(document, known);
            foreach (ApiIoctl ioctl in document.Ioctls.Where(ioctl => Chooses(ioctl.Name)))
            {
                Need(ioctl.Argument);
                if (rows.TryGetValue(ioctl.Name, out IoctlKnowledge row))
                {
                    Need(row.ArgumentType);
                    constants.UnionWith(row.Capabilities);
                }
            }

            foreach (ApiRecord record in document.Records.Where(record => ApiNames.Of(record).Any(Chooses)))
            {
                NeedTag(record.Name);
            }

            CollectConstants(document);
        }

        while (pending.Count > 0)
        {
            string name = pending.Dequeue();
            foreach (ApiRecord record in documents.SelectMany(document => document.Records))
            {
                if (record.Name == name)
                {
                    NeedFields(record);
                }
            }
        }
    }

    /// <summary>A function brings the records whose members it takes; and the whole id of a register, which is
    /// made of it, what else that takes.</summary>
    private void CollectFunctions(ApiDocument document, KnowledgeDocument? known)
    {
        foreach (RegisterKnowledge row in known?.Registers ?? EquatableArray<RegisterKnowledge>.Empty)
        {
            bool chosen = Chooses(row.Name) || Chooses(row.Index);
            if (chosen && document.Functions.Any(function => function.Name == row.Index))
            {
                functions.Add(row.Index);
                constants.UnionWith(row.Constants);
                constants.Add(RegisterPlanner.SizeShift);
            }
        }

        foreach (ApiFunction function in document.Functions)
        {
            if (functions.Contains(function.Name) || Chooses(function.Name))
            {
                functions.Add(function.Name);
                foreach (ApiParameter parameter in function.Parameters)
                {
                    Need(parameter.Record);
                }
            }
        }
    }

    /// <summary>A value inside the data of an exit says nothing without the exit: KVM_EXIT_IO_IN.</summary>
    private void CollectConstants(ApiDocument document)
    {
        HashSet<string> all = new(document.Constants.Select(item => item.Name), StringComparer.Ordinal);
        foreach (string name in all.Where(Chooses))
        {
            constants.Add(name);
            if (!name.StartsWith("KVM_EXIT_", StringComparison.Ordinal))
            {
                continue;
            }

            int shortest = "KVM_EXIT".Length;
            for (int end = name.LastIndexOf('_'); end > shortest; end = name.LastIndexOf('_', end - 1))
            {
                if (all.Contains(name.Substring(0, end)))
                {
                    constants.Add(name.Substring(0, end));
                }
            }
        }
    }

    private void NeedFields(ApiRecord record)
    {
        foreach (ApiField field in record.Fields)
        {
            Need(field.Type);
            if (field.Type.Inline is { } inline)
            {
                NeedFields(inline);
            }
        }
    }

    private void Need(ApiType? type) => Need(type?.Name ?? "");

    /// <param name="type"><c>struct kvm_regs</c>; a scalar needs nothing.</param>
    private void Need(string type)
    {
        int space = type.LastIndexOf(' ');
        if (space > 0)
        {
            NeedTag(type.Substring(space + 1));
        }
    }

    private void NeedTag(string name)
    {
        if (types.Add(name))
        {
            pending.Enqueue(name);
        }
    }

    private ApiDocument Reduce(ApiDocument document) => document with
    {
        Records = new(document.Records.Where(record => types.Contains(record.Name))),
        Enums = new(document.Enums.Select(Reduce).Where(item => item.Members.Length > 0)),
        Constants = new(document.Constants.Where(constant => constants.Contains(constant.Name))),
        Ioctls = new(document.Ioctls.Where(ioctl => Chooses(ioctl.Name))),
        Functions = new(document.Functions.Where(function => functions.Contains(function.Name))),
    };

    /// <summary>An enum that is a type stays whole; one without a name is a list of constants.</summary>
    private ApiEnum Reduce(ApiEnum item)
    {
        bool whole = item.Name.Length > 0
            && (types.Contains(item.Name) || ApiNames.Of(item).Any(Chooses));
        return whole ? item
            : item with
            {
                Members = new(item.Name.Length > 0
                    ? []
                    : item.Members.Where(member => Chooses(member.Name) || constants.Contains(member.Name))),
            };
    }
}
