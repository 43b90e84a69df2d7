namespace KvmInterop.Tests.Runtime;

/// <summary>What of KVM this process holds, compared with a moment before.</summary>
internal sealed class Footprint
{
    /// <summary>
    /// Guest memory of this size, and no other, is counted: far above what .NET maps on the side.
    /// </summary>
    public const ulong MemorySize = 8UL << 30;

    private readonly int files;
    private readonly int runs;
    private readonly ulong addressSpace;

    private Footprint()
    {
        // What earlier tests forgot must not go in the middle of this one.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        files = Mappings.KvmFiles();
        runs = Mappings.OfVcpus();
        addressSpace = Mappings.AddressSpace();
    }

    /// <summary>
    /// More than before: open files of KVM, mapped <c>kvm_run</c>s, and memories of the size.
    /// </summary>
    public (int Files, int Runs, int Memories) More
    {
        get
        {
            double grown = (double)Mappings.AddressSpace() - addressSpace;
            return (
                Mappings.KvmFiles() - files, Mappings.OfVcpus() - runs, (int)Math.Round(grown / MemorySize));
        }
    }

    /// <summary>Lets finalizers run until nothing is more than before, or more rounds would not help.</summary>
    public void Collect()
    {
        for (int i = 0; i < 10 && More != (0, 0, 0); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Begins to compare. Tests that do run alone, in <see cref="Alone"/>.</summary>
    public static Footprint Now() => new();
}
