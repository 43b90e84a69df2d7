using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.Console;

/// <summary>A port's state. Under the console's lock for work.</summary>
internal sealed class ConsolePort(int number, VirtioConsolePortOptions options)
{
    internal const int LongestName = 100;

    // What a host's program may write ahead of the guest.
    internal const int InputCapacity = 64 * 1024;

    // Read by other threads too.
    internal bool IsOpenInGuest;

    internal int Number { get; } = number;

    internal VirtioConsolePortOptions Options { get; } = options;

    internal ByteQueue Input { get; } = new(InputCapacity);

    internal bool WantsRoom { get; set; }

    /// <summary>The driver knows it (VIRTIO_CONSOLE_PORT_READY).</summary>
    internal bool IsReady { get; set; }

    internal bool IsOpenInHost { get; set; } = true;

    internal int ReceiveQueue => Number == 0 ? 0 : 2 + (2 * Number);
}
