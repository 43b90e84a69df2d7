namespace KvmInterop.Machine.Boot;

/// <summary>Kinds of kernels that are told apart by their content.</summary>
public enum BootImageKind
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>A Linux bzImage: <see cref="Boot.BzImage"/>.</summary>
    BzImage,

    /// <summary>A multiboot kernel: <see cref="MultibootImage"/>.</summary>
    Multiboot,

    /// <summary>An ELF kernel without a multiboot header: <see cref="Boot.Vmlinux"/>.</summary>
    Vmlinux,
}

/// <summary>Tells kinds of kernels apart.</summary>
public static class BootImageKinds
{
    /// <summary>What a file is, in the order in which QEMU looks.</summary>
    /// <exception cref="BootImageException">The file cannot be read.</exception>
    public static BootImageKind Detect(BootFile file) =>
        SetupHeader.IsThere(file) ? BootImageKind.BzImage
        : MultibootHeader.Find(file) is not null ? BootImageKind.Multiboot
        : ElfImage.IsThere(file) ? BootImageKind.Vmlinux
        : BootImageKind.Unknown;
}
