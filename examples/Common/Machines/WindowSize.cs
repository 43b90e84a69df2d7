using System.Runtime.InteropServices;

namespace KvmInterop.Examples.Machines;

/// <summary>Tells of the terminal's size, now and whenever it changes (SIGWINCH).</summary>
public sealed partial class WindowSize : IDisposable
{
    private const int StandardInput = 0;
    private const nuint GetSizeRequest = 0x5413; // TIOCGWINSZ on x86 and arm64: ioctl_tty(2).

    private readonly Action<ushort, ushort> tell;
    private readonly PosixSignalRegistration onChange;

    /// <param name="tell">Gets columns and rows.</param>
    public WindowSize(Action<ushort, ushort> tell)
    {
        this.tell = tell;
        onChange = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Tell());
        Tell();
    }

    public void Dispose() => onChange.Dispose();

    private void Tell()
    {
        if (GetSize(StandardInput, GetSizeRequest, out Size size) == 0 && size.Columns > 0 && size.Rows > 0)
        {
            tell(size.Columns, size.Rows);
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int GetSize(int file, nuint request, out Size size);

    // struct winsize.
    [StructLayout(LayoutKind.Sequential)]
    private struct Size
    {
        public ushort Rows;
        public ushort Columns;
        public ushort WidthInPixels;
        public ushort HeightInPixels;
    }
}
