using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Examples.Machines;

/// <summary>
/// The terminal in raw mode: every key goes to the guest (termios(3)). Restored by Dispose, at the end of the
/// process, by SIGHUP and SIGQUIT, and before an exception that nobody catches is told. (SIGINT and SIGTERM
/// end the machine, and then the process in order.)
/// </summary>
/// <remarks>
/// Output keeps its line feeds' carriage returns, for what this program says itself. After SIGCONT the mode is
/// set again: a shell may have set its own meanwhile.
/// </remarks>
public sealed partial class Terminal : IDisposable
{
    private const int StandardInput = 0;
    private const int WhenDrained = 1; // TCSADRAIN
    private const uint ProcessOutput = 1; // OPOST

    private readonly Lock gate = new();
    private readonly PosixSignalRegistration[] signals;
    private Settings before;
    private bool isRaw;

    private Terminal(Settings before)
    {
        this.before = before;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
        signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => SetAgain()),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => Restore()),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, _ => Restore()), // And then what they do.
        ];
        SetRaw();
    }

    /// <summary>Sets raw mode; null where standard input is no terminal.</summary>
    public static Terminal? Open() =>
        GetAttributes(StandardInput, out Settings settings) == 0 ? new Terminal(settings) : null;

    /// <summary>Sets raw mode on a file that nobody types at.</summary>
    /// <returns>Whether it is a terminal.</returns>
    public static bool MakeRaw(int file)
    {
        if (GetAttributes(file, out Settings settings) < 0)
        {
            return false;
        }

        MakeRaw(ref settings);
        return SetAttributes(file, WhenDrained, in settings) == 0;
    }

    /// <summary>Sets the mode from before.</summary>
    public void Dispose()
    {
        Restore();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        foreach (PosixSignalRegistration signal in signals)
        {
            signal.Dispose();
        }
    }

    private void OnExit(object? sender, EventArgs arguments) => Restore();

    private void SetAgain()
    {
        lock (gate)
        {
            if (isRaw)
            {
                SetRaw();
            }
        }
    }

    private void SetRaw()
    {
        Settings raw = before;
        MakeRaw(ref raw);
        raw.Output |= before.Output & ProcessOutput;
        isRaw = SetAttributes(StandardInput, WhenDrained, in raw) == 0;
    }

    private void Restore()
    {
        lock (gate)
        {
            if (isRaw)
            {
                isRaw = SetAttributes(StandardInput, WhenDrained, in before) != 0;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int file, out Settings settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int file, int when, in Settings settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(ref Settings settings);

    // struct termios of glibc on Linux (bits/termios-struct.h).
    [StructLayout(LayoutKind.Sequential)]
    private struct Settings
    {
        public uint Input;
        public uint Output;
        public uint Control;
        public uint Local;
        public byte Line;
        public Characters ControlCharacters;
        public uint InputSpeed;
        public uint OutputSpeed;
    }

    [InlineArray(32)]
    private struct Characters
    {
        private byte first;
    }
}
