using KvmInterop.Native;
using static KvmInterop.Native.Errno;

namespace KvmInterop;

internal static partial class KvmRemedies
{
    private static string GetKvm => KvmHost.Architecture switch
    {
        KvmArchitecture.X64 =>
            "load the module kvm_intel or kvm_amd, switch virtualization on in the firmware",
        KvmArchitecture.Arm64 =>
            "run a kernel that has KVM and that the firmware starts in hypervisor mode (EL2)",
        _ => "load the module kvm, on a processor that has virtualization",
    };

    private static string? ForOpen(int errno, string? path) => errno switch
    {
        ENOENT =>
            $"this system has no KVM device; {GetKvm}, and give a container the device "
            + "(docker run --device /dev/kvm)",
        EACCES => NoPermission(path),
        EPERM => "this container may not use it; give it the device (docker run --device /dev/kvm)",
        ENODEV or ENXIO =>
            $"the device file is there but no KVM behind it; {GetKvm}",
        EISDIR => "this is a directory, not the KVM device; name /dev/kvm",
        EBUSY => "another hypervisor holds the processor's virtualization; stop it",
        _ => null,
    };

    private static string NoPermission(string? path)
    {
        const string Refused = "this user may not use it";
        if (path is null || FileGroup.Of(path) is not FileGroup group)
        {
            return $"{Refused}; join the group that owns it (sudo usermod -aG kvm $USER) and log in again";
        }

        // Nobody should join root for a device.
        return group.MayReadAndWrite && group.Name != "root"
            ? $"{Refused}; join the group that owns it (sudo usermod -aG {group.Name} $USER) and log in again"
            : $"{Refused}, nor may a group; give it to one (sudo chgrp kvm {path}; sudo chmod g+rw {path}) "
                + "and join that (sudo usermod -aG kvm $USER)";
    }
}
