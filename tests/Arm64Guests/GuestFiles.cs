namespace KvmInterop.Tests.Guests;

/// <summary>What guests boot, made by tests/guest-lab/guest-arm64.sh, in the folder of this assembly.</summary>
internal static class GuestFiles
{
    /// <summary>Debian's cloud kernel for arm64, an Image.</summary>
    public static string Kernel => PathOf("vmlinuz");

    /// <summary>Busybox, the modules of virtio, and tests/guest-lab/guest/init.</summary>
    public static string Initrd => PathOf("initrd");

    /// <summary>An ext4 file system with nothing in it.</summary>
    public static string Disk => PathOf("disk");

    /// <summary>Skips the running test where it is not in the emulated machine that tests/Arm64 boots.</summary>
    public static void Require()
    {
        Skip.IfNot(
            File.Exists(Kernel) && File.Exists(Initrd),
            "no arm64 guest to boot; tests/Arm64 makes it, and runs this in an emulated arm64 machine");
        Requires.Kvm();
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "guest", name);
}
