namespace KvmInterop.Tests.Benchmarks.Pairs;

/// <summary>examples/HelloVm, which computes 2 + 2, from the start of its process to its end.</summary>
internal static class ProcessPairs
{
    private const string Answer = "4\n";

    private static readonly PublishedProgram Hello = new("examples/HelloVm", "HelloVm");
    private static readonly PublishedProgram Empty =
        new("tests/Benchmarks/Empty", "KvmInterop.Tests.EmptyProgram");
    private static readonly PublishedProgram Hosting =
        new("tests/Benchmarks/Hosting", "KvmInterop.Tests.HostingProgram");

    public static IEnumerable<Pair> All() =>
    [
        Compare("2 + 2, JIT / an empty .NET program", ProgramForm.Jit, Nothing(ProgramForm.Jit), double.NaN),
        Compare(
            "2 + 2, ReadyToRun / an empty ReadyToRun .NET program", ProgramForm.ReadyToRun,
            Nothing(ProgramForm.ReadyToRun), 1.25),
        Compare(
            "2 + 2 without the kernel, ReadyToRun / an empty ReadyToRun .NET program", ProgramForm.ReadyToRun,
            Nothing(ProgramForm.ReadyToRun), double.NaN)
            with { NoKernel = true, Missing = CompiledLoops.WithoutCompiler },
        new SpawnPair(
            "2 + 2 in C inside an empty ReadyToRun .NET program / that program", InsideNet(),
            Nothing(ProgramForm.ReadyToRun), double.NaN, CompiledLoops.Missing),
        Compare("2 + 2, NativeAOT / C", ProgramForm.NativeAot, InC(), 3),
    ];

    private static SpawnPair Compare(string name, ProgramForm form, Spawnable theirs, double goal) => new(
        name, new Spawnable($"HelloVm, {form}", Answer, () => Hello.As(form)), theirs, goal,
        CompiledLoops.Missing);

    private static Spawnable Nothing(ProgramForm form) => new($"nothing, {form}", "", () => Empty.As(form));

    // The least that a program of .NET with a VM takes: the runtime's start, and the kernel's part of the VM.
    private static Spawnable InsideNet() => new("C in .NET", Answer, () =>
    {
        string program = Hosting.As(ProgramForm.ReadyToRun);
        CompiledLoops.BuildHelloLibrary(Path.Combine(Path.GetDirectoryName(program)!, "hello.so"));
        return program;
    });

    private static Spawnable InC() => new("C, gcc -O2", Answer, CompiledLoops.BuildHello);
}
