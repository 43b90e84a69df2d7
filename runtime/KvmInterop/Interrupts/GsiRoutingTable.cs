using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// A VM's table of interrupt numbers (GSIs): where an <see cref="IrqFd"/>'s signal or a line's level goes.
/// </summary>
/// <remarks>
/// <para>Edit it, then <see cref="Apply"/>: the kernel takes the whole table at once (KVM_SET_GSI_ROUTING),
/// also while the guest runs, and no interrupt finds half of it. All members may be called from any thread;
/// an Apply takes everybody's edits, so make each a route that is good by itself.</para>
/// <para>The kernel cannot be asked for its table. <see cref="Applied"/> is what it has; for a snapshot, save
/// that.</para>
/// </remarks>
public sealed class GsiRoutingTable
{
    private readonly VmHandle vm;
    private readonly Lock gate = new();

    // Null until the first is given out: most VMs give out none.
    private HashSet<uint>? allocated;

    // Never changed, but replaced: who reads them needs no lock.
    private GsiRoute[] routes = [];
    private GsiRoute[] applied = [];
    private GsiRoute[] defaults = [];

    // The controllers' own, which are not given out.
    private uint pins;

    internal GsiRoutingTable(VmHandle vm) => this.vm = vm;

    /// <summary>The routes as edited so far.</summary>
    public IReadOnlyList<GsiRoute> Routes => Volatile.Read(ref routes);

    /// <summary>
    /// The routes that the kernel has: those of the last <see cref="Apply"/>, or those that it made with the
    /// interrupt controller.
    /// </summary>
    public IReadOnlyList<GsiRoute> Applied => Volatile.Read(ref applied);

    /// <summary>Adds a route to a pin of a controller in the kernel.</summary>
    /// <inheritdoc cref="GsiRoute.IrqChip(uint, uint, uint)" path="/param"/>
    /// <inheritdoc cref="Add"/>
    public void AddIrqChipRoute(uint gsi, uint chip, uint pin) => Add(new GsiRoute.IrqChip(gsi, chip, pin));

    /// <summary>Adds a route that sends a message.</summary>
    /// <inheritdoc cref="GsiRoute.Msi(uint, ulong, uint, uint?)" path="/param"/>
    /// <inheritdoc cref="Add"/>
    public void AddMsiRoute(uint gsi, ulong address, uint data, uint? deviceId = null) =>
        Add(new GsiRoute.Msi(gsi, address, data, deviceId));

    /// <summary>Adds a route.</summary>
    /// <exception cref="InvalidOperationException">The number has another route, and the two cannot
    /// share it.</exception>
    public void Add(GsiRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        lock (gate)
        {
            CheckAgainst(routes, route);
            Put([.. routes, route]);
        }
    }

    /// <summary>Gives a number one route, instead of all that it has: reroutes it.</summary>
    public void Set(GsiRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        lock (gate)
        {
            Put([.. Without(route.Gsi), route]);
        }
    }

    /// <summary>Takes all routes of a number away: its interrupts go nowhere.</summary>
    /// <returns>Whether it had one.</returns>
    public bool Remove(uint gsi)
    {
        lock (gate)
        {
            int before = routes.Length;
            Put(Without(gsi));
            return routes.Length < before;
        }
    }

    /// <summary>Puts other routes in place of all.</summary>
    /// <param name="newRoutes">All that there will be: what <see cref="Applied"/> gave, for a VM that is
    /// restored.</param>
    /// <exception cref="InvalidOperationException">Two cannot share their number.</exception>
    public void Replace(IEnumerable<GsiRoute> newRoutes)
    {
        ArgumentNullException.ThrowIfNull(newRoutes);
        List<GsiRoute> checkedRoutes = [];
        foreach (GsiRoute route in newRoutes)
        {
            CheckAgainst(checkedRoutes, route);
            checkedRoutes.Add(route);
        }

        Fill([.. checkedRoutes]);
    }

    /// <summary>Takes all routes away.</summary>
    public void Clear() => Fill([]);

    /// <summary>Goes back to the routes that KVM made with the interrupt controller.</summary>
    public void SetDefaults() => Fill(defaults);

    /// <summary>Forgets all edits since the last <see cref="Apply"/>.</summary>
    public void Revert() => Fill(Volatile.Read(ref applied));

    /// <summary>Gives the table to the kernel (KVM_SET_GSI_ROUTING).</summary>
    /// <exception cref="KvmException">The ioctl failed, and the kernel has its table from before: EINVAL, a
    /// route names what is not there, or the VM has no interrupt controller in the kernel.</exception>
    /// <exception cref="ObjectDisposedException">The VM is disposed.</exception>
    [KvmArchitectures(
        KvmArchitecture.X64 | KvmArchitecture.Arm64 | KvmArchitecture.RiscV64
        | KvmArchitecture.S390x | KvmArchitecture.LoongArch64)]
    public void Apply()
    {
        using Held<VmHandle> held = new(vm);
        lock (gate)
        {
            KvmBuffer<kvm_irq_routing, kvm_irq_routing_entry> table = new(routes.Length);
            for (int i = 0; i < routes.Length; i++)
            {
                table.Entries[i] = routes[i].ToEntry();
            }

            KvmException.ThrowIfError(
                vm.Fd.SetGsiRouting(table), "KVM_SET_GSI_ROUTING", KvmFdKind.Vm, $"{routes.Length} routes");
            Volatile.Write(ref applied, routes);
        }
    }

    /// <summary>Gives out a number that nobody has, for a message's route.</summary>
    /// <returns>Above the controllers' pins, without a route; the caller's until
    /// <see cref="Free"/>.</returns>
    /// <exception cref="InvalidOperationException">All are given out (KVM_CAP_IRQ_ROUTING).</exception>
    /// <exception cref="ObjectDisposedException">The VM is disposed.</exception>
    public uint Allocate()
    {
        using Held<VmHandle> held = new(vm);
        int limit = KvmException.ThrowIfError(
            vm.Fd.CheckExtension((nuint)KvmCapability.KVM_CAP_IRQ_ROUTING), "KVM_CHECK_EXTENSION",
            KvmFdKind.Vm);
        lock (gate)
        {
            allocated ??= [];
            HashSet<uint> taken = [.. allocated, .. routes.Select(route => route.Gsi)];
            for (uint gsi = pins; gsi < (uint)limit; gsi++)
            {
                if (!taken.Contains(gsi))
                {
                    allocated.Add(gsi);
                    return gsi;
                }
            }
        }

        throw new InvalidOperationException(
            $"all {limit} interrupt numbers of the VM are given out; free those that are not used any more");
    }

    /// <summary>
    /// Gives a number of <see cref="Allocate"/> back, and takes its routes out of the table.
    /// </summary>
    /// <exception cref="ArgumentException">It was not given out.</exception>
    public void Free(uint gsi)
    {
        lock (gate)
        {
            if (allocated?.Remove(gsi) is not true)
            {
                throw new ArgumentException($"GSI {gsi} was not allocated here", nameof(gsi));
            }

            Put(Without(gsi));
        }
    }

    /// <summary>What the kernel has done by itself as it made an interrupt controller.</summary>
    internal void Assume(IEnumerable<GsiRoute> made, uint ownPins)
    {
        lock (gate)
        {
            defaults = [.. made];
            pins = ownPins;
            Put(defaults);
            Volatile.Write(ref applied, defaults);
        }
    }

    private static void CheckAgainst(IEnumerable<GsiRoute> present, GsiRoute route)
    {
        foreach (GsiRoute other in present)
        {
            if (other.Gsi == route.Gsi && !route.CanStandBeside(other))
            {
                throw new InvalidOperationException(
                    $"GSI {route.Gsi} has the route {other}, and {route} cannot stand beside it; remove or "
                    + "set it instead");
            }
        }
    }

    private void Fill(GsiRoute[] content)
    {
        lock (gate)
        {
            Put(content);
        }
    }

    private GsiRoute[] Without(uint gsi) => [.. routes.Where(route => route.Gsi != gsi)];

    // Under the lock.
    private void Put(GsiRoute[] content) => Volatile.Write(ref routes, content);
}
