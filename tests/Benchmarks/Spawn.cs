using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Tests.Benchmarks;

/// <param name="Elapsed">Microseconds from before the start to after the end.</param>
/// <param name="Processor">Of the process and what it waited for, in user space and in the kernel.</param>
/// <param name="Status">As wait(2) tells it; 0 is success.</param>
/// <param name="Output">The first bytes on its standard output.</param>
internal readonly record struct SpawnOutcome(double Elapsed, double Processor, int Status, string Output);

/// <summary>Processes by posix_spawn(3) and wait4(2), with nothing around them.</summary>
internal static unsafe class Spawn
{
    private const int StandardOutput = 1;
    private const int CloseOnExec = 0x80000; // O_CLOEXEC of x86-64 and arm64.

    // char **environ of the C library: what this process got, children get.
    private static readonly byte*** Variables =
        (byte***)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "environ");

    /// <param name="program">Its file; it gets no arguments.</param>
    /// <param name="preload">A library for its LD_PRELOAD (ld.so(8)), or null.</param>
    /// <exception cref="InvalidOperationException">It cannot be started.</exception>
    public static SpawnOutcome Run(string program, string? preload = null)
    {
        // SAFETY: what the calls get are locals of this method, the path and the variable, fixed until the child
        // has ended, and the variables of this process; the C library keeps none of them.
        byte[] path = [.. Encoding.UTF8.GetBytes(program), 0];
        byte[] variable = [.. Encoding.UTF8.GetBytes($"LD_PRELOAD={preload}"), 0];
        int* ends = stackalloc int[2];
        Check(MakePipe(ends, CloseOnExec) == 0 ? 0 : Marshal.GetLastPInvokeError());
        using SafeFileHandle reader = new(ends[0], ownsHandle: true);
        FileActions actions = default;
        Check(InitializeActions(&actions));
        Check(AddDuplicate(&actions, ends[1], StandardOutput));
        int child = 0;
        int status = 0;
        ResourceUsage usage = default;
        TimeSpan elapsed;
        fixed (byte* file = path, first = variable)
        {
            byte** arguments = stackalloc byte*[] { file, null };
            byte** inherited = *Variables;
            int count = 1;
            while (inherited[count - 1] is not null)
            {
                count++;
            }

            byte** changed = stackalloc byte*[count + 1];
            changed[0] = first;
            new ReadOnlySpan<nint>(inherited, count).CopyTo(new Span<nint>(changed + 1, count));
            long start = Stopwatch.GetTimestamp();
            int refused = Start(&child, file, &actions, null, arguments, preload is null ? inherited : changed);
            int waited = refused == 0 ? Wait(child, &status, 0, &usage) : -1;
            elapsed = Stopwatch.GetElapsedTime(start);
            _ = DestroyActions(&actions);
            new SafeFileHandle(ends[1], ownsHandle: true).Dispose();
            Check(refused);
            Check(waited == child ? 0 : Marshal.GetLastPInvokeError());
        }

        byte[] output = new byte[64];
        using FileStream pipe = new(reader, FileAccess.Read, bufferSize: 0);
        int length = pipe.Read(output);
        return new SpawnOutcome(
            elapsed.TotalMicroseconds,
            usage.ProcessorTime.TotalMicroseconds,
            status,
            Encoding.UTF8.GetString(output, 0, length));
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new InvalidOperationException(
                $"A process could not be started: {new Win32Exception(error).Message}");
        }
    }

    [DllImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static extern int MakePipe(int* ends, int flags);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static extern int InitializeActions(FileActions* actions);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static extern int AddDuplicate(FileActions* actions, int from, int to);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static extern int DestroyActions(FileActions* actions);

    [DllImport("libc", EntryPoint = "posix_spawn")]
    private static extern int Start(
        int* child, byte* path, FileActions* actions, void* attributes, byte** arguments, byte** environment);

    [DllImport("libc", EntryPoint = "wait4", SetLastError = true)]
    private static extern int Wait(int child, int* status, int options, ResourceUsage* usage);

    // posix_spawn_file_actions_t: 80 bytes in glibc, fewer in musl.
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct FileActions;
}
