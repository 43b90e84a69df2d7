using KvmInterop.Tests.Guests;

namespace KvmInterop.Tests.Arm64Guests;

/// <summary>examples/Arm64Linux with the guest of the lab.</summary>
internal static class Arm64Linux
{
    /// <summary>How long a guest of a machine that is emulated itself may take to boot, or to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Starts it.</summary>
    /// <param name="does">What the guest's first process does (tests/guest-lab/guest/init), and variables for
    /// it.</param>
    /// <param name="options">What Arm64Linux is told besides kernel and initrd.</param>
    public static VmProcess Boot(string does, params IEnumerable<string> options) => Run(
    [
        "--kernel", GuestFiles.Kernel, "--initrd", GuestFiles.Initrd, "--append",
        $"console=ttyAMA0 quiet panic=-1 {does}", .. options,
    ]);

    /// <summary>With whatever options.</summary>
    public static VmProcess Run(params IEnumerable<string> options)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "vm");
        return new VmProcess(
            "dn",
            [
                Path.Combine(folder, "KvmInterop.Tests.Arm64Runner.dll"), Path.Combine(folder, "Arm64Linux.dll"),
                .. options,
            ]);
    }
}
