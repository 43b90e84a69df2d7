namespace KvmInterop;

/// <summary>Where objects say that they are there or are gone: to the meter and as events.</summary>
internal static class KvmLifetime
{
    internal static void Created(Vm vm)
    {
        KvmMeter.Add(vm);
        if (KvmEventSource.Log.IsEnabled())
        {
            KvmEventSource.Log.VmCreated(vm.Name);
        }
    }

    internal static void Disposed(Vm vm)
    {
        KvmMeter.Remove(vm);
        if (KvmEventSource.Log.IsEnabled())
        {
            KvmEventSource.Log.VmDisposed(vm.Name);
        }
    }

    internal static void Created(Vcpu vcpu)
    {
        KvmMeter.Add(vcpu);
        if (KvmEventSource.Log.IsEnabled())
        {
            KvmEventSource.Log.VcpuCreated(vcpu.VmName, vcpu.Id);
        }
    }

    internal static void Disposed(Vcpu vcpu)
    {
        KvmMeter.Remove(vcpu);
        if (KvmEventSource.Log.IsEnabled())
        {
            KvmEventSource.Log.VcpuDisposed(vcpu.VmName, vcpu.Id);
        }
    }
}
