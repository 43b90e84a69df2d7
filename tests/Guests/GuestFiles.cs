using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Guests;

/// <summary>What guests boot: made by tests/guest-lab/guest.sh.</summary>
internal static class GuestFiles
{
    /// <summary>Names the folder.</summary>
    private const string FolderVariable = "KVMINTEROP_GUEST";

    private static readonly string Folder =
        Environment.GetEnvironmentVariable(FolderVariable) ?? Repository.PathOf("artifacts/lab/guest");

    /// <summary>Debian's cloud kernel, a bzImage.</summary>
    public static string Kernel => Path.Combine(Folder, "vmlinuz");

    /// <summary>Busybox, the modules of virtio, and tests/guest-lab/guest/init.</summary>
    public static string Initrd => Path.Combine(Folder, "initrd");

    /// <summary>Debian's kernel for all machines, which has 9P.</summary>
    public static string Kernel9P => Path.Combine(Folder, "vmlinuz-9p");

    /// <summary>The same as <see cref="Initrd"/>, with modules of that kernel.</summary>
    public static string Initrd9P => Path.Combine(Folder, "initrd-9p");

    /// <summary>The C program that boots the same, to compare with.</summary>
    public static string MinimalVmm => Path.Combine(Folder, "minimal-vmm");

    /// <summary>Skips the running test where there is no KVM that runs Linux, or nothing to boot.</summary>
    public static void Require()
    {
        Requires.HardwareVirtualization();
        Skip.IfNot(
            File.Exists(Kernel) && File.Exists(Initrd) && File.Exists(Kernel9P) && File.Exists(Initrd9P),
            $"no guest to boot; tests/guest-lab/guest.sh makes it, {FolderVariable} names its folder");
    }
}
