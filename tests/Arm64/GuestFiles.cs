namespace KvmInterop.Tests.Arm64;

/// <summary>
/// What a guest of the emulated machine boots: the same Debian kernel, and a file system in memory of
/// busybox, the kernel's virtio drivers and a script.
/// </summary>
internal static class GuestFiles
{
    public const string Kernel = "vmlinuz";
    public const string Initrd = "initrd.gz";
    public const string Disk = "disk.img";

    /// <summary>What the script reads from the disk's first sector, and the host from the second.</summary>
    public const string FromHost = "written by the host";
    public const string FromGuest = "written by the guest";

    private const string Script = $$"""
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        mount -t proc proc /proc; mount -t devtmpfs dev /dev
        echo "USERSPACE $(uname -m) cpus $(grep -c ^processor /proc/cpuinfo)"
        for m in virtio_ring virtio virtio_mmio virtio_blk virtio-rng; do
          insmod /modules/$m.ko || echo "no $m"
        done
        for second in 1 2 3 4 5 6 7 8 9; do [ -b /dev/vda ] || sleep 1; done
        echo "DISK $(dd if=/dev/vda bs=512 count=1 2>/dev/null | head -n 1)"
        echo '{{FromGuest}}' | dd of=/dev/vda bs=512 seek=1 conv=sync,fsync 2>/dev/null
        echo "RANDOM $(dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c)"
        while read line; do [ "$line" = word ] && break; done
        echo "READ $line"
        poweroff -f

        """;

    /// <summary>Makes them in a folder.</summary>
    /// <param name="machine">What the kit has set up: kernel, packages, an unpacked busybox.</param>
    /// <param name="folder">Where to.</param>
    public static void Make(string machine, string folder)
    {
        string root = Path.Combine(folder, "root");
        Directory.CreateDirectory(root);
        File.WriteAllText(Path.Combine(root, "init"), Script.ReplaceLineEndings("\n"));
        byte[] disk = new byte[1 << 20];
        System.Text.Encoding.ASCII.GetBytes(FromHost + "\n", disk);
        File.WriteAllBytes(Path.Combine(folder, Disk), disk);
        ShellOutcome outcome = Shell.Run(
            $"""
            set -e; cd '{root}'
            mkdir -p bin dev proc modules; chmod +x init
            cp '{machine}/root/bin/busybox' bin/
            dpkg-deb --fsys-tarfile '{machine}'/deb/linux-image-*.deb | tar x --wildcards \
                --transform 's,.*/,,' -C modules './lib/modules/*/kernel/drivers/virtio/virtio*.ko' \
                './lib/modules/*/virtio_blk.ko' './lib/modules/*/virtio-rng.ko'
            find . | cpio -o -H newc --quiet | gzip > ../{Initrd}
            cp '{machine}/vmlinuz' ../{Kernel}; cd ..; rm -rf root
            """,
            TimeSpan.FromMinutes(2));
        Assert.True(outcome.ExitCode == 0, outcome.Output);
    }
}
