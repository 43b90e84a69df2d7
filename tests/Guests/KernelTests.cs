using System.Globalization;
using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Guests;

/// <summary>
/// Small kernels that ask a PC's devices and print the answers (tests/guest-lab/kernels): in LinuxVm they print and
/// end as they did in QEMU, before the lab was started.
/// </summary>
public sealed class KernelTests
{
    // tests/guest-lab/kernels.sh made it.
    private const string FolderVariable = "KVMINTEROP_KERNELS";

    [SkippableFact]
    public void Kernel_ofEachCase_printsAndEndsAsInQemu()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        Skip.If(folder is null, $"no kernels to compare; tests/guest-lab/kernels.sh makes them for {FolderVariable}");
        Scenario scenario = new("small kernels, compared with QEMU");
        scenario.Run(() =>
        {
            string[] cases = [.. File.ReadLines(Path.Combine(folder!, "cases")).Where(line => !line.StartsWith('#'))];
            string before = Directory.GetCurrentDirectory();
            Directory.SetCurrentDirectory(folder!); // Kernels print their names as they were given.
            string[] different = [.. cases.Select(Compare).OfType<string>()];
            Directory.SetCurrentDirectory(before);

            Assert.True(different.Length == 0, string.Join("\n", different));
            Assert.True(cases.Length > 23, $"{cases.Length} cases");
            scenario.Note($"{cases.Length} cases");
        });
    }

    private static string? Compare(string line, int number)
    {
        string[] words = line.Split('|');
        string[] options = ["--kernel", words[1], "--cpus", words[2], "--memory", "64", "--append", words[3]];
        using VmProcess vm = LinuxVm.RunBare([.. options, .. words[4].Length == 0 ? [] : (string[])["--initrd", words[4]]]);
        int status = vm.WaitForExit(LinuxVm.Patience);
        int there = int.Parse(File.ReadAllText($"{number}.status"), CultureInfo.InvariantCulture);
        int wanted = words[5].Length == 0 ? there : int.Parse(words[5], CultureInfo.InvariantCulture);

        // QEMU puts a space behind the kernel's name in any case.
        string output = File.ReadAllText($"{number}.output")
            .Replace($"{words[1]} \n", $"{words[1]}\n", StringComparison.Ordinal);
        bool isSame = status == wanted && vm.Output == output && output.Length > 0 && (words[5].Length == 0 || there == 0);
        return isSame
            ? null
            : $"{words[0]}: exit code {status} here, {there} in QEMU; it printed in QEMU:\n{output}\nhere:\n{vm}";
    }
}
