using System.Reflection;
using System.Runtime.InteropServices;
using ClangSharp.Interop;

namespace KvmInterop.HeaderScraper.Clang;

/// <summary>Finds the native library.</summary>
internal static class LibClangLibrary
{
    public const string Variable = "KVMGEN_LIBCLANG";

    /// <summary>Versions that the tests know to give the same model, the usual one first.</summary>
    private static readonly int[] Versions = [19, 22, 21, 16, 14];

    private static nint handle;

    /// <summary>Loads the library, or says what to install.</summary>
    public static void Load()
    {
        if (handle != 0)
        {
            return;
        }

        string? named = Environment.GetEnvironmentVariable(Variable);
        handle = string.IsNullOrEmpty(named) ? LoadKnown() : LoadNamed(named);
        if (handle == 0)
        {
            throw new ScrapeException(
                string.IsNullOrEmpty(named)
                    ? "libclang is not installed: install it (Debian and Ubuntu: apt install libclang1-19), "
                        + $"or name its file or folder in the environment variable {Variable}"
                    : $"{Variable} names '{named}', where there is no libclang that can be loaded: "
                        + "name its file or folder (Debian and Ubuntu: apt install libclang1-19)",
                ExitCodes.NoLibClang);
        }

        clang.ResolveLibrary += Resolve;
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library == "libclang" ? handle : 0;

    private static nint LoadNamed(string path)
    {
        foreach (string candidate in Directory.Exists(path) ? CandidatesIn(path) : [path])
        {
            if (TryLoad(candidate, out nint library))
            {
                return library;
            }
        }

        return 0;
    }

    private static nint LoadKnown()
    {
        // The package's library lies beside the program; the plain names are left to the system's loader; and
        // Debian's folders for the versions that it does not put on the loader's path.
        if (TryLoad(Path.Combine(AppContext.BaseDirectory, "libclang.so"), out nint library)
            || TryLoad(PackagedPath(), out library))
        {
            return library;
        }

        foreach (int version in Versions)
        {
            if (TryLoad($"libclang-{version}.so.{version}", out library)
                || TryLoad($"libclang-{version}.so.1", out library))
            {
                return library;
            }
        }

        if (TryLoad("libclang.so.1", out library))
        {
            return library;
        }

        foreach (int version in Versions)
        {
            library = LoadNamed($"/usr/lib/llvm-{version}/lib");
            if (library != 0)
            {
                return library;
            }
        }

        return 0;
    }

    /// <summary>Whatever file the variable names may be a library without being libclang.</summary>
    private static bool TryLoad(string path, out nint library) =>
        NativeLibrary.TryLoad(path, out library)
        && NativeLibrary.TryGetExport(library, "clang_getClangVersion", out _);

    private static string PackagedPath() =>
        Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libclang.so");

    private static List<string> CandidatesIn(string folder)
    {
        List<string> found = [Path.Combine(folder, "libclang.so"), Path.Combine(folder, "libclang.so.1")];
        foreach (int version in Versions)
        {
            found.Add(Path.Combine(folder, $"libclang-{version}.so.{version}"));
            found.Add(Path.Combine(folder, $"libclang-{version}.so.1"));
        }

        return found.FindAll(File.Exists);
    }
}
