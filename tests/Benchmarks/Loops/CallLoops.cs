using KvmInterop.Native;

namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>The generated call of the ioctl that does least.</summary>
internal sealed class VersionLoop : ILoop
{
    public void Run(long count)
    {
        KvmSystemFd kvm = BenchMachine.Kvm.Fd;
        for (long i = 0; i < count; i++)
        {
            Check.That(kvm.GetApiVersion() == KvmApi.KVM_API_VERSION, "KVM_GET_API_VERSION");
        }
    }
}

/// <summary>The generated call of the ioctl that does next to nothing, with an argument.</summary>
internal sealed class ExtensionLoop : ILoop
{
    public void Run(long count)
    {
        KvmSystemFd kvm = BenchMachine.Kvm.Fd;
        for (long i = 0; i < count; i++)
        {
            Check.That(
                kvm.CheckExtension((nuint)KvmCapability.KVM_CAP_USER_MEMORY) > 0, "KVM_CHECK_EXTENSION");
        }
    }
}

/// <summary>The generated call of KVM_RUN, with immediate_exit set: it returns before the guest.</summary>
internal sealed class ImmediateLoop : ILoop
{
    // hlt. Never disposed: it lives as long as the process.
    private readonly Vcpu vcpu = new BenchMachine([0xf4]).Vcpu;

    public void Run(long count)
    {
        // Sets immediate_exit, which stays until a run loop clears it.
        vcpu.Kick();
        KvmVcpuFd fd = vcpu.Fd;
        for (long i = 0; i < count; i++)
        {
            Check.That(fd.Run() == -1, "KVM_RUN");
        }
    }
}

/// <summary>A VM from its creation over a run to its halt to its end.</summary>
internal sealed class CreateLoop : ILoop
{
    public void Run(long count)
    {
        for (long i = 0; i < count; i++)
        {
            // hlt
            using BenchMachine machine = new([0xf4]);
            Check.That(new RunLoop(machine.Vcpu).Run() is VcpuStop.Halted, "a run to its halt");
        }
    }
}

internal static class Check
{
    public static void That(bool succeeded, string what)
    {
        if (!succeeded)
        {
            throw new InvalidOperationException($"{what} did not do in the measurement what it should.");
        }
    }
}
