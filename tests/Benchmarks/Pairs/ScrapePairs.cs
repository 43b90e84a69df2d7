using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Benchmarks.Pairs;

/// <summary>Reading kernel headers, as a whole process, beside bindgen on the same headers.</summary>
internal static class ScrapePairs
{
    private const string Release = "7.3";

    // Debian's bindgen does not get along with the unions of kvm.h in newer libclangs.
    private const string LibClangOfBindgen = "/usr/lib/llvm-14/lib";

    private static readonly string[] Triplets =
    [
        "x86_64-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu", "s390x-linux-gnu",
        "powerpc64le-linux-gnu", "mips64el-linux-gnuabi64", "loongarch64-linux-gnu",
    ];

    private static readonly string Headers = Repository.HeadersOf(Release);
    private static readonly string Output = Repository.PathOf("artifacts/bench/scrape");
    private static readonly string? Bindgen = Requires.FindTool("bindgen");

    public static IEnumerable<Pair> All()
    {
        Workload one = Scrape("kvmgen scrape, one architecture", "x64");
        Workload all = Scrape("kvmgen scrape, seven architectures", "all");
        string? headers = File.Exists(Path.Combine(Headers, "linux/kvm.h"))
            ? null
            : $"the headers of {Release} are not there; run ./build.sh headers {Release}";
        string? bindgen = Bindgen is null || !Directory.Exists(LibClangOfBindgen)
            ? "bindgen or its libclang is not there; install bindgen and libclang1-14"
            : null;
        yield return new ProcessPair(
            "scrape one architecture / bindgen", one, Bind("bindgen", 1), 0.8, headers ?? bindgen);
        yield return new ProcessPair(
            "scrape seven architectures / seven bindgen runs", all, Bind("bindgen, seven runs", 7), 0.5,
            headers ?? bindgen);
        yield return new ProcessPair("scrape seven architectures / one", all, one, 3.0, headers);
    }

    private static Workload Scrape(string label, string architectures)
    {
        string program = Repository.PathOf("generator/HeaderScraper/bin/Release/net10.0/kvmgen");
        string[] arguments = ["scrape", "--headers", Headers, "--arch", architectures, "--output", Output];
        return new Workload(label, [new(program, arguments)], () => Directory.CreateDirectory(Output));
    }

    private static Workload Bind(string label, int architectures)
    {
        var environment = new Dictionary<string, string> { ["LIBCLANG_PATH"] = LibClangOfBindgen };
        string program = Bindgen ?? "bindgen";
        IEnumerable<ProcessCommand> commands = Triplets.Take(architectures)
            .Select(triplet => new ProcessCommand(program, ArgumentsFor(triplet), environment));
        return new Workload(label, [.. commands], () => Directory.CreateDirectory(Output));
    }

    private static string[] ArgumentsFor(string triplet)
    {
        // That libclang knows no loongarch64. Its headers are as much work for another target of 64 bits.
        string target = triplet == "loongarch64-linux-gnu" ? "riscv64-linux-gnu" : triplet;
        return
        [
            "--no-rustfmt-bindings", Path.Combine(Headers, "linux/kvm.h"),
            "-o", Path.Combine(Output, $"{triplet}.rs"),
            "--", "-target", target, "-isystem", Path.Combine(Headers, triplet), "-isystem", Headers,
        ];
    }
}
