using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Testing;

/// <summary>Whether kvmgen would find a libclang, by the same order of places.</summary>
internal static class LibClangFinder
{
    // Versions whose C API the reader is known to work with.
    private static readonly int[] Versions = [22, 21, 19, 16, 14];

    public static bool IsThere()
    {
        if (Environment.GetEnvironmentVariable("KVMGEN_LIBCLANG") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? AnyIn(named) : CanLoad(named);
        }

        string packaged = Path.Combine(AppContext.BaseDirectory, "runtimes/linux-x64/native/libclang.so");
        return File.Exists(packaged)
            || Versions.SelectMany(v => new[] { $"libclang-{v}.so.{v}", $"libclang-{v}.so.1" })
                .Append("libclang.so.1").Any(CanLoad)
            || Versions.Any(v => AnyIn($"/usr/lib/llvm-{v}/lib"));
    }

    private static bool AnyIn(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, "libclang*.so*")
            .Where(file => !file.Contains("-cpp", StringComparison.Ordinal)).Any(CanLoad);

    private static bool CanLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out nint handle))
        {
            return false;
        }

        NativeLibrary.Free(handle);
        return true;
    }
}
