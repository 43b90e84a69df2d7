namespace KvmInterop;

/// <summary>The wire from a device to an interrupt controller: all that a device knows of
/// interrupts.</summary>
/// <remarks>
/// <para>What is behind it is the machine's choice: a line of KVM's controller (<see cref="IrqLine"/>), an
/// eventfd (<see cref="IrqFd"/>), a controller of the program's own, a test.</para>
/// <para>A device whose interrupt is level-triggered sets the line to what its registers say, after every
/// change of them; setting the level that it has costs next to nothing. A device whose interrupt is
/// edge-triggered sends <see cref="InterruptLines.Pulse"/>. Any thread may call it.</para>
/// </remarks>
public interface IInterruptLine
{
    /// <summary>Makes the line high, so that it asks for an interrupt, or low.</summary>
    void SetLevel(bool level);
}
