using System.ComponentModel;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Named pipes, which .NET does not make: a reader that does not expect one waits for ever.</summary>
internal static partial class Pipes
{
    private const uint OwnersMode = 0x180;

    public static void Make(string path)
    {
        if (MakeFifo(path, OwnersMode) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
