namespace KvmInterop.Tests.Benchmarks.Pairs;

/// <summary>examples/HelloVm, which computes 2 + 2, from the start of its process to its end.</summary>
internal static class ProcessPairs
{
    private const string Answer = "4\n";

    private static readonly PublishedProgram Hello = new("examples/HelloVm", "HelloVm");
    private static readonly PublishedProgram Empty =
        new("tests/Benchmarks/Empty", "KvmInterop.Tests.EmptyProgram");

    public static IEnumerable<Pair> All() =>
    [
        Compare("2 + 2, JIT / an empty .NET program", ProgramForm.Jit, Nothing(ProgramForm.Jit), double.NaN),
        Compare(
            "2 + 2, ReadyToRun / an empty ReadyToRun .NET program", ProgramForm.ReadyToRun,
            Nothing(ProgramForm.ReadyToRun), 1.25),
        Compare("2 + 2, NativeAOT / C", ProgramForm.NativeAot, InC(), 3),
    ];

    private static SpawnPair Compare(string name, ProgramForm form, Spawnable theirs, double goal) => new(
        name, new Spawnable($"HelloVm, {form}", Answer, () => Hello.As(form)), theirs, goal,
        CompiledLoops.Missing);

    private static Spawnable Nothing(ProgramForm form) => new($"nothing, {form}", "", () => Empty.As(form));

    private static Spawnable InC() => new("C, gcc -O2", Answer, CompiledLoops.BuildHello);
}
