using System.Buffers.Binary;

namespace KvmInterop.Machine.Devices;

/// <summary>The PM1 control register of ACPI (6.5, 4.8.3.2.1), for small kernels that switch a PC off by it.
/// </summary>
/// <remarks>
/// <para>2 bytes. A write with SLP_EN switches off, where SLP_TYP is what the DSDT's <c>\_S5</c> names
/// (<see cref="SleepControl.SoftOffType"/>) or 0, which it is on QEMU's machines, and many kernels have by heart.
/// Others are unknown, and the guest is awake. Reads give SCI_EN: ACPI is always on.</para>
/// <para>Has no state.</para>
/// </remarks>
/// <param name="control">Is told.</param>
public sealed class Pm1Control(IMachineControl control) : IBusDevice
{
    /// <summary>How many ports it has.</summary>
    public const ushort Size = 2;

    private const ushort SciEnabled = 1;
    private const ushort SleepEnable = 1 << 13;
    private const int SleepTypeShift = 10;
    private const int SleepTypeMask = 7;

    private readonly IMachineControl control = control ?? throw new ArgumentNullException(nameof(control));

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        if (offset == 0)
        {
            data[0] = (byte)SciEnabled;
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        Span<byte> register = stackalloc byte[Size];
        register.Clear();
        data[..Math.Min(data.Length, Size - (int)offset)].CopyTo(register[(int)offset..]);
        ushort value = BinaryPrimitives.ReadUInt16LittleEndian(register);
        int type = (value >> SleepTypeShift) & SleepTypeMask;
        if ((value & SleepEnable) != 0 && type is (0 or SleepControl.SoftOffType))
        {
            control.EndMachine(new MachineEnd.PowerOff("ACPI PM1 control"));
        }
    }
}
