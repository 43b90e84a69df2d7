using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// Whether the environment lets tools see events from the start of the process: by EventPipe, a diagnostic
/// port that the process calls, a profiler, or the system's event log.
/// </summary>
/// <remarks>
/// Asked of the C library: .NET's own look at the environment would be a first conversion to UTF-8, which is
/// what <see cref="KvmEvents"/> avoids.
/// </remarks>
internal static partial class EventPipeSettings
{
    /// <summary>It does not change while the process runs.</summary>
    internal static readonly bool AreThere =
        IsSet("DOTNET_EnableEventPipe") || IsSet("COMPlus_EnableEventPipe")
        || IsSet("DOTNET_DiagnosticPorts") || IsSet("COMPlus_DiagnosticPorts")
        || IsSet("DOTNET_EnableEventLog") || IsSet("COMPlus_EnableEventLog")
        || IsSet("CORECLR_ENABLE_PROFILING") || IsSet("DOTNET_ENABLE_PROFILING");

    private static bool IsSet(string name) => GetEnvironment(name) != 0;

    [LibraryImport("libc", EntryPoint = "getenv")]
    private static partial nint GetEnvironment([MarshalUsing(typeof(TextMarshaller))] string name);
}
