using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

// KVM is Linux's. The assembly builds everywhere and says so to callers on other systems.
[assembly: SupportedOSPlatform("linux")]

// Only blittable types cross into native code: what C# lays out is what the kernel reads, with no copy in
// between.
[assembly: DisableRuntimeMarshalling]
