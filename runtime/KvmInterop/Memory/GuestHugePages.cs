namespace KvmInterop;

/// <summary>The pages that a region of guest memory is asked to be made of.</summary>
/// <remarks>
/// Large pages make the guest's address translation cheaper, in the host and in KVM's own tables. The value
/// of an explicit size is the binary logarithm of its bytes. Which sizes a machine has is in
/// <c>/sys/kernel/mm/hugepages</c>.
/// </remarks>
public enum GuestHugePages
{
    /// <summary>The host's base pages, or what its settings make of them.</summary>
    None = 0,

    /// <summary>
    /// Whatever the kernel can join, page by page, as memory is touched (MADV_HUGEPAGE). Nothing need be
    /// reserved.
    /// </summary>
    Transparent = 1,

    /// <summary>Reserved pages of 64 KiB (arm64 with base pages of 4 KiB).</summary>
    Size64KiB = 16,

    /// <summary>Reserved pages of 2 MiB (x86-64, arm64 and riscv64 with base pages of 4 KiB).</summary>
    Size2MiB = 21,

    /// <summary>Reserved pages of 32 MiB (arm64).</summary>
    Size32MiB = 25,

    /// <summary>Reserved pages of 512 MiB (arm64 with base pages of 64 KiB).</summary>
    Size512MiB = 29,

    /// <summary>Reserved pages of 1 GiB (x86-64, arm64, riscv64).</summary>
    Size1GiB = 30,

    /// <summary>Reserved pages of 16 GiB (arm64).</summary>
    Size16GiB = 34,
}
