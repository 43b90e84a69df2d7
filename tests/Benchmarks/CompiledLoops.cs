using System.Runtime.InteropServices;
using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Benchmarks;

/// <summary>The programs in C, each compiled once for all pairs.</summary>
internal static class CompiledLoops
{
    /// <summary>With it and a file this program only compiles the loops.</summary>
    public const string Verb = "compile";

    private const string Release = "7.3";

    // The file that was compiled before, for a machine without a compiler.
    private const string MadeVariable = "KVMINTEROP_LOOPS";
    private const string LoopSources = "tests/Benchmarks/C";
    private const string HelloSources = "tests/Benchmarks/C/hello";
    private const string NoKernelSources = "tests/Benchmarks/C/nokernel";
    private const string NoCompiler = "gcc is not there; install gcc and libc6-dev";

    private static readonly string? Made = Environment.GetEnvironmentVariable(MadeVariable);
    private static readonly string? Compiler = Requires.FindTool("gcc");
    private static readonly Dictionary<string, string> Programs = [];

    private static readonly string? WithoutProcessor =
        RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "the guests are x86-64's" : null;

    /// <summary>Why loops cannot be run here, or null.</summary>
    public static string? WithoutMachine { get; } = WithoutProcessor
        ?? (File.Exists("/dev/kvm") ? null : "/dev/kvm is not there; load kvm_intel or kvm_amd");

    /// <summary>Why loops that make no VM cannot be compared with C's here, or null.</summary>
    public static string? WithoutCompiler { get; } = WithoutProcessor
        ?? (Made is null && Compiler is null ? NoCompiler : null);

    /// <summary>Why loops cannot be compared with C's here, or null.</summary>
    public static string? Missing { get; } = WithoutMachine ?? WithoutCompiler;

    /// <summary>The loops, <c>C/*.c</c>.</summary>
    public static string Build() => Made ?? Build("loops", LoopSources);

    /// <summary>The same in a file.</summary>
    public static void Build(string output) => Compile(output, LoopSources);

    /// <summary>2 + 2, <c>C/hello</c>.</summary>
    public static string BuildHello() => Build("hello", HelloSources);

    /// <summary>The same as a shared library in a file.</summary>
    public static void BuildHelloLibrary(string output) => Compile(output, HelloSources, "-shared", "-fPIC");

    /// <summary>What is preloaded for KVM_RUN as a function, <c>C/nokernel</c>.</summary>
    public static string BuildNoKernel() => Build("nokernel.so", NoKernelSources, "-shared", "-fPIC");

    private static string Build(string name, string sources, params string[] options)
    {
        if (!Programs.TryGetValue(name, out string? program))
        {
            string folder = Repository.PathOf("artifacts/bench");
            Directory.CreateDirectory(folder);
            program = Path.Combine(folder, name);
            Compile(program, sources, options);
            Programs[name] = program;
        }

        return program;
    }

    private static void Compile(string output, string sources, params string[] options)
    {
        // Where the loops were compiled before, the rest may still be asked for.
        string compiler = Compiler ?? throw new CannotMeasureException(NoCompiler);
        string headers = Repository.HeadersOf(Release);
        string[] includes = Directory.Exists(headers)
            ? ["-isystem", Path.Combine(headers, "x86_64-linux-gnu"), "-isystem", headers]
            : [];
        string[] files = Directory.GetFiles(Repository.PathOf(sources), "*.c");
        new ProcessCommand(
            compiler, ["-O2", .. options, .. includes, "-o", output, .. files, "-lpthread", "-ldl"]).Execute();
    }
}
