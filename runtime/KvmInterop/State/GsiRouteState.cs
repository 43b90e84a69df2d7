using KvmInterop.Native;

namespace KvmInterop;

/// <summary>The table of interrupt routes, which the kernel takes and does not give back.</summary>
[KvmArchitectures(
    KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64 | KvmArchitecture.S390x
    | KvmArchitecture.LoongArch64)]
internal static class GsiRouteState
{
    // KVM_MAX_IRQ_ROUTES is lower on every architecture.
    private const int MostRoutes = 65536;

    internal static void Save(Vm vm, StateSections state)
    {
        if (vm.GsiRouting.Applied is { Count: > 0 } routes)
        {
            kvm_irq_routing_entry[] entries = [.. routes.Select(route => route.ToEntry())];
            state.AddAll<kvm_irq_routing_entry>(StateSection.GsiRoutes, entries);
        }
    }

    /// <summary>Judges the section; what it returns sets the table.</summary>
    internal static Action Prepare(Vm vm, StateSections state)
    {
        if (!state.Has(StateSection.GsiRoutes))
        {
            return static () => { };
        }

        ReadOnlySpan<kvm_irq_routing_entry> entries =
            state.GetAll<kvm_irq_routing_entry>(StateSection.GsiRoutes);
        if (entries.Length > MostRoutes)
        {
            throw new StateException($"the saved state has {entries.Length:#,0} interrupt routes, too many");
        }

        List<GsiRoute> routes = [];
        foreach (ref readonly kvm_irq_routing_entry entry in entries)
        {
            routes.Add(RouteOf(in entry));
        }

        return () => Apply(vm, routes);
    }

    private static void Apply(Vm vm, List<GsiRoute> routes)
    {
        try
        {
            vm.GsiRouting.Replace(routes);
        }
        catch (InvalidOperationException e)
        {
            throw new StateException($"the saved state's interrupt routes do not go together: {e.Message}", e);
        }

        vm.GsiRouting.Apply();
    }

    private static GsiRoute RouteOf(in kvm_irq_routing_entry entry)
    {
        try
        {
            return GsiRoute.FromEntry(in entry);
        }
        catch (ArgumentException e)
        {
            throw new StateException(
                $"the saved state has an interrupt route of type {entry.type}, which this library does not know; "
                + "restore it with the library that saved it", e);
        }
    }
}
