using System.Runtime.CompilerServices;
using KvmInterop.Native;

namespace KvmInterop;

public sealed partial class Vcpu
{
    /// <summary>How often it left KVM_RUN, by reason, since it was created. Any thread may read it.</summary>
    public ExitCounters Exits { get; } = new();

    /// <summary>Whether a run is in progress, on whatever thread.</summary>
    public bool IsRunning => Volatile.Read(ref runningThread) != 0;

    internal string VmName => handle.Vm.Name;

    /// <summary>An exit that is handed out. By the running thread, on the way of every exit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void See(KvmExitReason reason)
    {
        Exits.Add(reason);
        if (!ExitEvents.AreIgnored)
        {
            KvmEvents.Exit(this, reason);
        }
    }

    /// <summary>Opens the kernel's statistics of this vCPU (KVM_GET_STATS_FD).</summary>
    /// <returns>To be disposed; until then the kernel keeps the vCPU.</returns>
    /// <remarks>Opening would wait for a run in progress; reading does not.</remarks>
    /// <exception cref="InvalidOperationException">The vCPU is running on another thread.</exception>
    /// <exception cref="NotSupportedException">This kernel lacks KVM_CAP_BINARY_STATS_FD (before
    /// 5.14).</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public KvmStatistics OpenStatistics()
    {
        using Held<VcpuHandle> held = UseFile("KVM_GET_STATS_FD");
        const KvmCapability Needed = KvmCapability.KVM_CAP_BINARY_STATS_FD;
        int has = KvmException.ThrowIfError(
            handle.Vm.Fd.CheckExtension((nuint)Needed), "KVM_CHECK_EXTENSION", KvmFdKind.Vm);
        return has > 0
            ? KvmStatistics.Open(handle, handle.Fd.GetStatsFd(), KvmFdKind.Vcpu)
            : throw Kvm.MissingCapability(Needed);
    }
}
