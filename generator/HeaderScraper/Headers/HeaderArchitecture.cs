namespace KvmInterop.HeaderScraper.Headers;

/// <summary>One of the architectures that KVM has, and how the world calls it.</summary>
/// <param name="Name">Our name, as in commands and files.</param>
/// <param name="Triplet">Debian's multiarch folder; clang takes it as a target too.</param>
/// <param name="Marker">
/// A word that only this architecture's <c>asm/kvm.h</c> has, in every release since KVM came to it. It tells
/// apart trees that have one plain <c>asm</c> folder, whatever the folder above is called. All of these are
/// ABI and so never leave the header.
/// </param>
internal sealed record HeaderArchitecture(string Name, string Triplet, string Marker)
{
    /// <summary>In the project's order.</summary>
    public static IReadOnlyList<HeaderArchitecture> All { get; } =
    [
        new("x64", "x86_64-linux-gnu", "kvm_lapic_state"),
        new("arm64", "aarch64-linux-gnu", "KVM_ARM_TARGET_AEM_V8"),
        new("riscv64", "riscv64-linux-gnu", "KVM_REG_RISCV_CONFIG"),
        new("s390x", "s390x-linux-gnu", "KVM_REG_S390_TODPR"),
        new("ppc64le", "powerpc64le-linux-gnu", "KVM_REG_PPC_HIOR"),
        new("mips64", "mips64el-linux-gnuabi64", "KVM_REG_MIPS_GP"),
        new("loongarch64", "loongarch64-linux-gnu", "KVM_REG_LOONGARCH_GPR"),
    ];

    /// <summary>The architecture with a name, or null.</summary>
    public static HeaderArchitecture? Find(string name) => All.FirstOrDefault(a => a.Name == name);
}
