using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

// So that calls of the C library can be compiled ahead.
[assembly: DisableRuntimeMarshalling]

// The C library is the system's, and not looked for beside the program.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
