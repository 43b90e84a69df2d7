namespace KvmInterop.Tests.Benchmarks.Pairs;

/// <summary>What a VM does all the time, beside the same in C (<c>tests/Benchmarks/C</c>).</summary>
internal static class LoopPairs
{
    public static IEnumerable<Pair> All() =>
    [
        Steady("exit round trip, port / C", "pio", 300, 1.01),
        Steady("exit round trip, MMIO / C", "mmio", 300, 1.03),
        Steady("exit round trip, string of 64 / C", "string", 100, 1.03),
        Steady("exit round trip, 1 vCPU / C", "at-once-1", 1_200, 1.01),
        Steady("exit round trip, 2 vCPUs at once / C", "at-once-2", 1_200, 1.01),
        Steady("exit round trip, 4 vCPUs at once / C", "at-once-4", 1_200, 1.01),
        Steady("KVM_RUN that returns at once / C", "immediate", 5_000, 1.05),
        Steady("KVM_GET_API_VERSION / C", "version", 10_000, 1.03),
        Steady("KVM_CHECK_EXTENSION / C", "extension", 10_000, 1.03),
        WithoutKernel("exit without the kernel, port / C", "pio", 200_000),
        WithoutKernel("exit without the kernel, MMIO / C", "mmio", 200_000),
        WithoutKernel("exit without the kernel, string of 64 / C", "string", 20_000),
        Alone("dispatch alone, ports, 1 device / C", "dispatch-pio-1", 200_000, 1.2),
        Alone("dispatch alone, ports, 10 devices / C", "dispatch-pio-10", 200_000, 1.2),
        Alone("dispatch alone, ports, 100 devices / C", "dispatch-pio-100", 200_000, 1.2),
        Alone("dispatch alone, ports, 1,000 devices / C", "dispatch-pio-1000", 200_000, 1.2),
        Alone("dispatch alone, MMIO, 1,000 ranges / C", "dispatch-mmio-1000", 100_000, 1.2),
        new LoopPair(
            "create, run and destroy a VM / C", "create", 2, 1.05, false, CompiledLoops.Missing),
        new LoopPair(
            "create, run and destroy a VM / C with as many mappings", "create", 2, 1.05, false,
            CompiledLoops.Missing, EqualMappings: true),
        new LoopPair(
            "create, run and destroy a VM, NativeAOT / C", "create", 2, 1.05, false, CompiledLoops.Missing,
            Native: true),
        new LoopPair(
            "restore 64 MiB copy-on-write to the first exit / fresh start", "restore", 2, 0.1, false,
            CompiledLoops.WithoutMachine, Beside: "fresh-start"),
        new LoopPair(
            "restore 64 MiB copy-on-write to the first exit / create, run and destroy", "restore", 2, 3,
            false, CompiledLoops.WithoutMachine, Beside: "create"),
    ];

    private static LoopPair Steady(string name, string loop, int count, double goal) =>
        new(name, loop, count, goal, AllocatesNothing: true, CompiledLoops.Missing);

    // What a program does for an exit, and the ratio therefore of little beside what the kernel does for it.
    private static LoopPair WithoutKernel(string name, string loop, int count) =>
        Alone(name, loop, count, double.NaN) with { NoKernel = true };

    private static LoopPair Alone(string name, string loop, int count, double goal) =>
        Steady(name, loop, count, goal) with { Missing = CompiledLoops.WithoutCompiler };
}
