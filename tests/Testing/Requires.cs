using System.Runtime.InteropServices;
using Xunit;
using Machine = System.Runtime.InteropServices.Architecture;

namespace KvmInterop.Tests.Testing;

/// <summary>
/// What a test needs from the machine. Where it is missing, and only then, the running test ([SkippableFact],
/// [SkippableTheory]) is skipped with the reason and the remedy.
/// </summary>
public static class Requires
{
    /// <summary>A /dev/kvm that this user may open.</summary>
    public static void Kvm()
    {
        string? reason = null;
        try
        {
            File.OpenHandle("/dev/kvm", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        }
        catch (UnauthorizedAccessException)
        {
            reason = "/dev/kvm may not be opened by this user; join the group kvm";
        }
        catch (IOException e)
        {
            reason = $"/dev/kvm cannot be opened ({e.Message}); load kvm_intel or kvm_amd";
        }

        Skip.IfNot(reason is null, reason);
    }

    /// <summary>
    /// A KVM that runs guests on the processor: one that emulates them in the kernel lacks instructions.
    /// </summary>
    public static void HardwareVirtualization()
    {
        Kvm();
        Skip.IfNot(
            Directory.Exists("/sys/module/kvm_amd") || Directory.Exists("/sys/module/kvm_intel"),
            "needs a KVM that runs guests on the processor (kvm_amd or kvm_intel); the guest lab has one: "
            + "./build.sh lab");
    }

    /// <summary>
    /// Whether this is the guest lab, whose one processor is an emulated one: the same things are done there,
    /// fewer times where each takes its part of the processor for good.
    /// </summary>
    public static bool IsEmulatedMachine => Environment.GetEnvironmentVariable("KVMINTEROP_LAB") is not null;

    /// <summary>Whether KVM resets a vCPU at its triple fault, as kvm-amd does.</summary>
    public static bool ResetsAtATripleFault => Directory.Exists("/sys/module/kvm_amd");

    /// <summary>
    /// A processor that lets a guest's breakpoints out to KVM; QEMU's emulated one keeps INT3 and the
    /// debug registers to itself.
    /// </summary>
    public static void GuestBreakpoints() => Skip.If(
        IsEmulatedMachine,
        "the guest lab's emulated processor lets no breakpoint out of a nested guest");

    /// <summary>A libclang that kvmgen will find.</summary>
    public static void LibClang() => Skip.IfNot(
        LibClangFinder.IsThere(),
        "libclang is missing; install libclang1-19 or name its file in KVMGEN_LIBCLANG");

    /// <summary>The include folder of a release's headers.</summary>
    public static string Headers(string release)
    {
        string folder = Repository.HeadersOf(release);
        Skip.IfNot(
            File.Exists(Path.Combine(folder, "linux/kvm.h")),
            $"the headers of {release} are not fetched; run ./build.sh headers {release}");
        return folder;
    }

    /// <summary>A program on the PATH; returns its full path.</summary>
    public static string Tool(string name)
    {
        string? path = FindTool(name);
        Skip.If(path is null, $"{name} is not on the PATH; install {PackageOf(name)}");
        return path!;
    }

    /// <summary>A file that a package of Debian brings.</summary>
    public static void PackageFile(string path, string package) =>
        Skip.IfNot(File.Exists(path), $"there is no {path}; install {package}");

    /// <summary>A program's full path, or null.</summary>
    public static string? FindTool(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    public static void Architecture(Machine wanted) => Skip.IfNot(
        RuntimeInformation.ProcessArchitecture == wanted, $"needs an {wanted} machine");

    // Debian's package of a cross compiler has the parts of the program's name the other way round.
    private static string PackageOf(string tool) => tool == "iasl" ? "acpica-tools"
        : !tool.EndsWith("-gcc", StringComparison.Ordinal) ? tool
        : IsOwn(tool) ? "gcc"
        : $"gcc-{tool[..^4].Replace('_', '-')}";

    private static bool IsOwn(string tool) => RuntimeInformation.ProcessArchitecture switch
    {
        Machine.X64 => tool.StartsWith("x86_64-", StringComparison.Ordinal),
        Machine.Arm64 => tool.StartsWith("aarch64-", StringComparison.Ordinal),
        _ => false,
    };
}
