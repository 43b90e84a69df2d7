using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>What <c>headers/ioctls.json</c> knows of an ioctl, in words.</summary>
internal sealed class Knowledge
{
    private static readonly Lazy<Knowledge> Carried = new(() => new Knowledge());

    private readonly Dictionary<string, IoctlKnowledge> rows = [];

    private Knowledge()
    {
        ReadResult<KnowledgeDocument> result =
            KnowledgeReader.Read(BuiltInFiles.Require(BuiltInFiles.Ioctls));
        KnowledgeDocument document = result.Document
            ?? throw new InvalidOperationException($"the built-in ioctls.json:{result.Error}");
        foreach (IoctlKnowledge row in document.Ioctls)
        {
            rows.Add(row.Name, row);
        }
    }

    public static IoctlKnowledge? Of(string ioctl) => Carried.Value.rows.GetValueOrDefault(ioctl);

    /// <summary><c>VM, vCPU</c>.</summary>
    public static string Files(IoctlKnowledge row) => string.Join(", ", row.Fds.Select(File));

    public static string Result(IoctlKnowledge row) => row.Result switch
    {
        "zero" => "0",
        "fd" => "a new file descriptor",
        "count" => "a count",
        "size" => "a size in bytes",
        "boolean" => "0 or 1",
        _ => "a number",
    };

    /// <summary>What the third argument of <c>ioctl()</c> is.</summary>
    public static string Argument(IoctlKnowledge row, ApiIoctl ioctl)
    {
        string type = row.ArgumentType.Length > 0 ? row.ArgumentType
            : ioctl.Argument is { } argument ? TypeText.Format(argument)
            : "void";
        string name = row.ArgumentName.Length > 0 ? row.ArgumentName : "argument";
        return row.Argument switch
        {
            "none" => "none",
            "value" => $"{(type == "void" ? "unsigned long" : type)} {name}, by value",
            "in" => $"{type} *{name}, which the kernel reads",
            "out" => $"{type} *{name}, which the kernel writes",
            _ => $"{type} *{name}, which the kernel reads and writes",
        };
    }

    private static string File(string kind) => kind switch
    {
        "system" => "/dev/kvm",
        "vm" => "VM",
        "vcpu" => "vCPU",
        _ => "device",
    };
}
