using System.Diagnostics;

namespace KvmInterop.Tests.Examples.LinuxVm;

/// <summary>A multiboot kernel of <c>Kernels</c>, compiled just now, and its runs here and in QEMU.</summary>
internal sealed class TestKernel
{
    private const string Memory = "64";
    private const string Qemu = "qemu-system-x86_64";

    private TestKernel(string path) => Path = path;

    public string Path { get; }

    /// <summary>Compiles one; skips the test where there is no compiler, or no QEMU to compare with.</summary>
    public static TestKernel Compile(string area, string folder)
    {
        string gcc = Requires.Tool("gcc");
        Requires.Tool(Qemu);
        string sources = Repository.PathOf("tests/Examples/LinuxVm/Kernels");
        string kernel = System.IO.Path.Combine(folder, area);
        using Process process = Process.Start(
            gcc,
            [
                "-m32", "-O1", "-Wall", "-Werror", "-ffreestanding", "-fno-pic", "-no-pie", "-nostdlib", "-static",
                "-fno-stack-protector", "-fcf-protection=none", "-mgeneral-regs-only", "-fno-toplevel-reorder",
                $"-Wl,-T,{sources}/kernel.ld", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments",
                "-o", kernel, $"{sources}/{area}.c",
            ]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return new TestKernel(kernel);
    }

    /// <summary>In LinuxVm. What it says on standard error stays out of the outcome, as QEMU's does.</summary>
    public async Task<Outcome> RunHere(int cpus, params string[] options)
    {
        Outcome outcome = await ExampleProcess.Run(
            "LinuxVm", ["--kernel", Path, "--cpus", $"{cpus}", "--memory", Memory, .. options]);
        return outcome with { Errors = "" };
    }

    public async Task<Outcome> RunInQemu(int cpus, params string[] options)
    {
        using ExampleProcess process = ExampleProcess.StartProgram(
            Qemu,
            [
                "-accel", "tcg", "-M", "pc", "-smp", $"{cpus}", "-m", Memory, "-display", "none", "-serial", "stdio",
                "-monitor", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4",
                "-kernel", Path, .. options,
            ]);
        process.Input.Close();
        return await process.Finish() with { Errors = "" };
    }
}
