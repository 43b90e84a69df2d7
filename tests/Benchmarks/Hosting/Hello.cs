using System.Runtime.InteropServices;

namespace KvmInterop.Tests.HostingProgram;

/// <summary><c>C/hello/hello.c</c> as a shared library beside this program, where the bench puts it.</summary>
internal static partial class Hello
{
    [LibraryImport("hello", EntryPoint = "main")]
    public static partial int Run();
}
