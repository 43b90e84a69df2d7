using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

// KVM is Linux's. The assembly builds everywhere and says so to callers on other systems.
[assembly: SupportedOSPlatform("linux")]

// Only blittable types cross into native code: what C# lays out is what the kernel reads, with no copy in
// between.
[assembly: DisableRuntimeMarshalling]

// The C library is the system's, and not looked for beside the program.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
