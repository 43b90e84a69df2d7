using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.Console;

/// <summary>One port of a <see cref="VirtioConsole"/>.</summary>
/// <param name="Output">Where the guest's bytes go. Called on the console's thread.</param>
/// <param name="Name">What the guest finds it by (Linux: a file in /dev/virtio-ports); at most 100 ASCII
/// characters, or none.</param>
/// <param name="IsConsole">Whether it is for a terminal (Linux: hvc0 and up) or for a program.</param>
public sealed record VirtioConsolePortOptions(IByteOutput Output, string Name = "", bool IsConsole = true);
