using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Examples.LinuxVm;

/// <summary>
/// Small kernels that ask a PC's devices and print the answers, in LinuxVm and in QEMU: both must print the same
/// and end the same. Each of <c>Kernels</c> is compiled here, and has an area.
/// </summary>
public sealed class KernelComparisonTests : IDisposable
{
    // What LinuxVm says of an end that is not the guest's own status, and QEMU of all of them.
    private const int Reset = 3;
    private const int TripleFault = 5;
    private const int QemuEnded = 0;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData("serial", 1)]
    [InlineData("keyboard", 1)]
    [InlineData("clock", 2)]
    [InlineData("timer", 1)]
    [InlineData("apic", 4)]
    [InlineData("firmware", 2)]
    [InlineData("pci", 1)]
    [InlineData("acpi", 2)]
    [InlineData("ports", 1)]
    public async Task Kernel_ofAnArea_printsTheSame(string area, int cpus)
    {
        TestKernel kernel = Compile(area);

        Outcome here = await kernel.RunHere(cpus);

        Assert.Equal(await kernel.RunInQemu(cpus), here);
        Assert.True(here.ExitCode > 1 && here.Output.Count(each => each == '\n') > 10, here.Output);
    }

    [SkippableTheory]
    [InlineData("", "")]
    [InlineData("one  two=\"3 4\"", "A,A with arguments,A")]
    [InlineData("ünï", "A,,comma x,,y")]
    public async Task Multiboot_commandLineAndModules_areToldTheSame(string commandLine, string modules)
    {
        File.WriteAllText(Path.Combine(folder, "A"), "abcdefg");
        File.WriteAllText(Path.Combine(folder, "A,comma"), "1234");
        string[] options = modules.Length == 0
            ? []
            : ["--initrd", modules.Replace("A", folder + "/A", StringComparison.Ordinal)];
        TestKernel kernel = Compile("multiboot");

        Outcome here = await kernel.RunHere(1, ["--append", commandLine, .. options]);

        Outcome there = await kernel.RunInQemu(
            1, ["-append", commandLine, .. options.Select(each => each == "--initrd" ? "-initrd" : each)]);
        Assert.Equal(
            there with
            {
                // QEMU puts a space behind the kernel's name in any case.
                Output = there.Output.Replace($"{kernel.Path} \n", $"{kernel.Path}\n", StringComparison.Ordinal),
            },
            here);
    }

    [SkippableTheory]
    [InlineData('a')]
    [InlineData('b')]
    [InlineData('c')]
    [InlineData('d')]
    [InlineData('e')]
    [InlineData('f', Reset)]
    [InlineData('g', Reset)]
    [InlineData('h', Reset)]
    [InlineData('i', TripleFault)]
    public async Task End_ofEachKind_isTheSame(char kind, int? ownCode = null)
    {
        TestKernel kernel = Compile("ends");

        Outcome here = await kernel.RunHere(1, ["--append", $"{kind}"]);
        Outcome there = await kernel.RunInQemu(1, ["-append", $"{kind}"]);

        Assert.Equal($"end {kind}\n", here.Output);
        Assert.Equal(there.Output, here.Output);
        Assert.Equal(ownCode is null ? there.ExitCode : QemuEnded, there.ExitCode);
        Assert.Equal(ownCode ?? there.ExitCode, here.ExitCode);
    }

    private TestKernel Compile(string area)
    {
        Requires.Kvm();
        Requires.Architecture(Architecture.X64);
        return TestKernel.Compile(area, folder);
    }
}
