using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>What a device has around it, which counts what the device does to it.</summary>
/// <param name="mostBytes">That may come out for one access.</param>
internal sealed class Host(int mostBytes = 64) : IInterruptLine, IByteOutput, IMachineControl
{
    // For one access of a guest, or one event of the host, so much is enough for any device.
    private const int MostActions = 64;

    private int actions;
    private int bytes;

    public HostClock Clock { get; } = new();

    public void SetLevel(bool level) => Count(ref actions, 1, MostActions, "changes its lines");

    public void Write(ReadOnlySpan<byte> data) => Count(ref bytes, data.Length, mostBytes, "puts bytes out");

    public void EndMachine(MachineEnd reason) => Count(ref actions, 1, MostActions, "ends the machine");

    /// <summary>The next access begins.</summary>
    public void BeginStep() => actions = bytes = 0;

    private static void Count(ref int counter, int more, int most, string what)
    {
        counter += more;
        if (counter > most)
        {
            throw new FuzzFailureException($"the device {what} without end: {counter} for one access");
        }
    }
}
