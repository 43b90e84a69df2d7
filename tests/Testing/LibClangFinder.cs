using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Testing;

/// <summary>Whether kvmgen would find a libclang: in a named file or folder, or where Debian has it.</summary>
internal static class LibClangFinder
{
    private static readonly int[] Versions = [19, 22, 21, 16, 14];

    private static IEnumerable<string> Names => Versions
        .SelectMany(v => new[] { $"libclang-{v}.so.{v}", $"libclang-{v}.so.1" })
        .Append("libclang.so.1");

    public static bool IsThere() =>
        Environment.GetEnvironmentVariable("KVMGEN_LIBCLANG") is { Length: > 0 } named
            ? CanLoad(named) || IsIn(named)
            : Names.Any(CanLoad)
                || Versions.Any(version => IsIn($"/usr/lib/llvm-{version}/lib"))
                || CanLoad(Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libclang.so"));

    private static bool IsIn(string folder) =>
        Names.Append("libclang.so").Select(name => Path.Combine(folder, name)).Any(CanLoad);

    // Whatever file is named may be a library without being libclang.
    private static bool CanLoad(string name) =>
        NativeLibrary.TryLoad(name, out nint handle)
        && NativeLibrary.TryGetExport(handle, "clang_getClangVersion", out _);
}
