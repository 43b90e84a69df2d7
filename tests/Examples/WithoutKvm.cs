using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Examples;

/// <summary>HelloVm where there is no KVM: on a stand-in that makes the exits of its guest.</summary>
internal static class WithoutKvm
{
    /// <summary>Makes the stand-in and has the program load it.</summary>
    /// <param name="folder">Where it is made.</param>
    /// <param name="start">The program.</param>
    public static async Task<ProcessStartInfo> Prepare(string folder, ProcessStartInfo start)
    {
        Requires.Architecture(Architecture.X64);
        string library = Path.Combine(folder, "nokernel.so");
        using Process gcc = Process.Start(
            Requires.Tool("gcc"),
            [
                "-shared", "-fPIC", "-o", library,
                Repository.PathOf("tests/Benchmarks/C/nokernel/nokernel.c"), "-ldl",
            ]);
        await gcc.WaitForExitAsync();
        Assert.Equal(0, gcc.ExitCode);
        start.Environment["LD_PRELOAD"] = library;
        return start;
    }
}
