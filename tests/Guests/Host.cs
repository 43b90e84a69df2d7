using System.Diagnostics;

namespace KvmInterop.Tests.Guests;

/// <summary>What is done outside of guests: file systems in files, made and looked at by e2fsprogs.</summary>
internal static class Host
{
    /// <summary>Makes an empty ext4 file system in a file.</summary>
    public static void MakeFileSystem(string image) =>
        Assert.Equal(0, Run("mke2fs", "-q", "-t", "ext4", image, "64M"));

    /// <summary>Sets the size of a terminal, by its path.</summary>
    /// <returns>0 where that went well.</returns>
    public static int SetSize(string terminal, int rows, int columns)
    {
        using Process process = Process.Start("stty", ["-F", terminal, "rows", $"{rows}", "cols", $"{columns}"]);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>What Linux calls the processor.</summary>
    public static string ProcessorName() =>
        File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("model name", StringComparison.Ordinal)).Split(": ")[1];

    /// <summary>Checks a file system, all of it.</summary>
    /// <param name="image">The file.</param>
    /// <param name="isToBeMended">Whether the journal may be played, and what is wrong be corrected.</param>
    /// <returns>What e2fsck says: 0 is without an error, 1 corrected.</returns>
    public static int Check(string image, bool isToBeMended = false) =>
        Run("e2fsck", "-f", isToBeMended ? "-y" : "-n", image);

    /// <summary>The SHA-256 of a file in a file system, in hexadecimal.</summary>
    public static string SumOf(string image, string file)
    {
        string copy = image + ".copy";
        Assert.Equal(0, Run("debugfs", "-R", $"dump {file} {copy}", image));
        return SumOf(copy);
    }

    /// <summary>The SHA-256 of a file, in hexadecimal.</summary>
    public static string SumOf(string file) => SumOf(File.ReadAllBytes(file));

    /// <summary>The SHA-256 of bytes, in hexadecimal.</summary>
    /// <remarks>By a program, since .NET's needs OpenSSL, which the emulated arm64 machine has not.</remarks>
    public static string SumOf(byte[] data)
    {
        using Process process = Process.Start(new ProcessStartInfo("sha256sum")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.BaseStream.Write(data);
        process.StandardInput.Close();
        string sum = process.StandardOutput.ReadToEnd().Split(' ')[0];
        Assert.Matches("^[0-9a-f]{64}$", sum);
        return sum;
    }

    private static int Run(string tool, params string[] arguments)
    {
        // Where only root has it on the PATH, others can run it too.
        string program = Requires.FindTool(tool) ?? $"/sbin/{tool}";
        Skip.IfNot(File.Exists(program), $"{tool} is not there; install e2fsprogs");
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        process.WaitForExit();
        return process.ExitCode;
    }
}
