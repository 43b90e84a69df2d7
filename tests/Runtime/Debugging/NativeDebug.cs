using KvmInterop.Tests.Runtime.Machines;

namespace KvmInterop.Tests.Runtime.Debugging;

/// <summary>
/// Breakpoint instructions and watchpoints need a KVM whose guests run on the processor: its emulator of
/// instructions knows neither in long mode.
/// </summary>
internal static class NativeDebug
{
    private static readonly Lazy<VcpuStop> Stop = new(static () =>
    {
        using GuestMachine machine = GuestMachine.LongMode(a => a.int3());
        machine.Vcpu.SetDebug(new GuestDebug { SoftwareBreakpoints = true });
        return machine.Loop.Run();
    });

    /// <summary>Skips the test where KVM emulates INT3, which it cannot.</summary>
    public static void Require()
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Requires.GuestBreakpoints();
        Skip.If(
            Stop.Value is VcpuStop.InternalError,
            "this machine's KVM emulates the guest's instructions, and has no INT3 and no watchpoints then; "
            + "run the tests on a processor with VMX or SVM");
    }
}
