using System.Runtime.CompilerServices;
using KvmInterop.Tests.HostingProgram;

// So that the call is compiled ahead.
[assembly: DisableRuntimeMarshalling]

return Hello.Run();
