using KvmInterop.Machine.Boot;
using KvmInterop.Native;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// Whether a processor has the page size that a kernel was built for. Where it has not, the kernel stops
/// before it can say so.
/// </summary>
internal static class Granules
{
    // Arm ARM, D24.2.91: TGran4 and TGran64 have 15 for "no"; TGran16 has 0.
    private const int Granule16Shift = 20;
    private const int Granule64Shift = 24;
    private const int Granule4Shift = 28;
    private const ulong No = 15;

    [KvmArchitectures(KvmArchitecture.Arm64)]
    internal static void Check(Arm64Image image, Vcpu vcpu) =>
        Check(image.PageSize, vcpu.GetRegister<ulong>(Arm64SystemRegisters.MemoryModelFeatures0));

    /// <exception cref="BootImageException">It has not.</exception>
    internal static void Check(int pageSize, ulong features)
    {
        ulong Field(int shift) => features >> shift & 15;
        bool isThere = pageSize switch
        {
            4 << 10 => Field(Granule4Shift) != No,
            16 << 10 => Field(Granule16Shift) != 0,
            64 << 10 => Field(Granule64Shift) != No,
            _ => true,
        };
        if (!isThere)
        {
            throw new BootImageException(
                $"the kernel was built for pages of {pageSize >> 10} KiB, which this host's processor does "
                + "not have; take one built for another size");
        }
    }
}
