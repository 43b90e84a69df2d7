using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// An ITS's registers; its tables are in guest memory, written there and read from there by KVM.
/// </summary>
[KvmArchitectures(KvmArchitecture.Arm64)]
internal static class GicItsState
{
    // IHI 0069, 12.19: GITS_IIDR says the layout of the tables, and GITS_CBASER sets GITS_CREADR to 0. The
    // order is the one of the kernel's devices/arm-vgic-its.rst: all but GITS_CTLR, tables, GITS_CTLR.
    private const uint Control = 0x0;
    private const uint Identification = 0x4;
    private const uint CommandBase = 0x80;
    private const uint CommandWrite = 0x88;
    private const uint CommandRead = 0x90;
    private const uint FirstTable = 0x100;
    private const int Tables = 8;

    private static readonly uint[] Registers =
    [
        Identification, CommandBase, CommandRead, CommandWrite,
        .. Enumerable.Range(0, Tables).Select(n => FirstTable + ((uint)n * sizeof(ulong))), Control,
    ];

    internal static void Save(GicIts its, StateSections state, uint position)
    {
        its.SaveTables();
        ulong[] values = [its.Address, .. Registers.Select(its.GetRegister)];
        state.AddAll<ulong>(StateSection.Arm64Its, values, position);
    }

    /// <exception cref="StateException">It has another address, or the section another size.</exception>
    internal static Action Prepare(GicIts its, StateSections state, uint position)
    {
        ulong[] values = state.GetAll<ulong>(StateSection.Arm64Its, position).ToArray();
        if (values.Length != Registers.Length + 1)
        {
            throw new StateException(
                $"the saved state's ITS {position} has {values.Length} values, not {Registers.Length + 1}");
        }

        if (values[0] != its.Address)
        {
            throw new StateException(
                $"the saved VM's ITS {position} is at 0x{values[0]:x} and this one's at 0x{its.Address:x}: "
                + "make it at the same address");
        }

        return () =>
        {
            for (int i = 0; i < Registers.Length; i++)
            {
                if (Registers[i] == Control)
                {
                    its.RestoreTables();
                }

                its.SetRegister(Registers[i], values[i + 1]);
            }
        };
    }
}
