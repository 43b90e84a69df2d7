namespace KvmInterop;

/// <summary>Where objects say that they are there or are gone: to the meter and as events.</summary>
internal static class KvmLifetime
{
    /// <returns>The VM's place among those that the meter sees.</returns>
    internal static WeakSet<Vm>.Place Created(Vm vm)
    {
        WeakSet<Vm>.Place place = KvmMeter.Add(vm);
        if (KvmEvents.AreWanted)
        {
            KvmEvents.VmCreated(vm.Name);
        }

        return place;
    }

    internal static void Disposed(Vm vm, WeakSet<Vm>.Place place)
    {
        KvmMeter.Remove(place);
        if (KvmEvents.AreWanted)
        {
            KvmEvents.VmDisposed(vm.Name);
        }
    }

    /// <returns>The vCPU's place among those that the meter sees.</returns>
    internal static WeakSet<Vcpu>.Place Created(Vcpu vcpu)
    {
        WeakSet<Vcpu>.Place place = KvmMeter.Add(vcpu);
        if (KvmEvents.AreWanted)
        {
            KvmEvents.VcpuCreated(vcpu.VmName, vcpu.Id);
        }

        return place;
    }

    internal static void Disposed(Vcpu vcpu, WeakSet<Vcpu>.Place place)
    {
        KvmMeter.Remove(place);
        if (KvmEvents.AreWanted)
        {
            KvmEvents.VcpuDisposed(vcpu.VmName, vcpu.Id);
        }
    }
}
