using System.Runtime.InteropServices;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Headers;

/// <summary>What headers/ioctls.json says of x64, asked of the kernel that runs here.</summary>
public sealed class KernelAgreesTests
{
    private const string SetUp = "KVM_CREATE_IRQCHIP KVM_CREATE_PIT2 KVM_CREATE_PIT "
        + "KVM_SET_IDENTITY_MAP_ADDR KVM_SET_BOOT_CPU_ID";

    private static readonly string[] Kinds = ["system", "vm", "vcpu"];

    private static readonly IoctlKnowledge[] Rows =
    [
        .. KnowledgeReader.Read(File.ReadAllText(Repository.PathOf("headers/ioctls.json"))).Document!.Ioctls
            .Where(i => i.Architectures.Contains("x64") && KernelFiles.Has(i.Name)),
    ];

    // A kernel that looks at the argument refuses an address that is nobody's; it does so for its own ioctls
    // only.
    [SkippableFact]
    public void Kernel_kindOfFileThatARowLacks_doesNotLookAtTheArgument()
    {
        RequireKernel();
        using KernelFiles files = new();
        List<string> wrong = [];
        foreach (IoctlKnowledge row in Rows.Where(r => r.Argument is "in" or "out" or "inout"))
        {
            wrong.AddRange(Kinds.Except(row.Fds)
                .Where(kind => files.Call(kind, row.Name, 1) == -KernelFiles.BadAddress)
                .Select(kind => $"{row.Name} on {kind}"));
        }

        Assert.Empty(wrong);
    }

    [SkippableFact]
    public void Kernel_argumentThatIsIn_isNotWritten()
    {
        RequireKernel();
        List<string> wrong = [];
        foreach ((IoctlKnowledge row, string kind) in Calls("in"))
        {
            int onReadOnly = Outcome(row.Name, kind, isWritable: false);
            int onWritable = Outcome(row.Name, kind, isWritable: true);
            if (onReadOnly != onWritable)
                wrong.Add($"{row.Name} on {kind}: {onReadOnly} on a read-only page, else {onWritable}");
        }

        Assert.Empty(wrong);
    }

    [SkippableFact]
    public void Kernel_argumentThatIsOut_isWritten()
    {
        RequireKernel();
        List<string> wrong = [];
        int succeeded = 0;
        foreach ((IoctlKnowledge row, string kind) in Calls("out"))
        {
            if (Outcome(row.Name, kind, isWritable: true) < 0)
                continue;
            succeeded++;
            if (Outcome(row.Name, kind, isWritable: false) != -KernelFiles.BadAddress)
                wrong.Add($"{row.Name} on {kind}");
        }

        // Registers and the like can be read on every x64 kernel.
        Assert.True(succeeded > 5, $"only {succeeded} ioctls succeeded");
        Assert.Empty(wrong);
    }

    private static IEnumerable<(IoctlKnowledge Row, string Kind)> Calls(string argument) =>
        Rows.Where(r => r.Argument == argument).SelectMany(r => Kinds.Intersect(r.Fds), (r, k) => (r, k));

    /// <summary>
    /// Of a call with zeros on a fresh VM: 0 for any success, or the negative error number.
    /// </summary>
    private static int Outcome(string ioctl, string kind, bool isWritable)
    {
        nint zeros = KernelFiles.NewPage(isWritable);
        nint config = KernelFiles.NewPage(isWritable: false);
        try
        {
            using KernelFiles files = new();
            if (!SetUp.Contains(ioctl, StringComparison.Ordinal))
            {
                files.Call("vm", "KVM_CREATE_IRQCHIP", 0);
                files.Call("vm", "KVM_CREATE_PIT2", config);
            }

            return Math.Min(0, files.Call(kind, ioctl, zeros));
        }
        finally
        {
            KernelFiles.FreePage(zeros);
            KernelFiles.FreePage(config);
        }
    }

    private static void RequireKernel()
    {
        Requires.Architecture(Architecture.X64);
        Requires.Kvm();
    }
}
