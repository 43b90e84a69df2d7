using System.Runtime.InteropServices;

namespace KvmInterop.HeaderScraper.Browse;

/// <summary>The architecture that a user means who names none.</summary>
internal static class HostArchitecture
{
    private const string Usual = "x64";

    /// <summary>Our name of this machine's; the usual one where KVM is not what this machine has.</summary>
    public static string Name => RuntimeInformation.OSArchitecture switch
    {
        Architecture.Arm64 => "arm64",
        Architecture.RiscV64 => "riscv64",
        Architecture.S390x => "s390x",
        Architecture.Ppc64le => "ppc64le",
        Architecture.LoongArch64 => "loongarch64",
        _ => Usual,
    };

    /// <summary>This machine's where the models have it, otherwise their first.</summary>
    public static string Of(ModelSet models) =>
        models.Architectures.Contains(Name) ? Name : models.Architectures[0];
}
