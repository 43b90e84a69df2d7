using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What an arm64 VM has in the kernel beside its vCPUs: a GICv3, with its ITSs.</summary>
/// <remarks>
/// Restored after the vCPUs, because it names them by their MPIDR_EL1, and the line of a timer follows its
/// registers. The ITSs are last, as the kernel's devices/arm-vgic-its.rst says.
/// </remarks>
[KvmArchitectures(KvmArchitecture.Arm64)]
internal static class Arm64VmState
{
    // MPIDR_EL1 by op0, op1, CRn, CRm and op2 (Arm ARM, D24.2).
    private static ulong Mpidr => KvmApi.ARM64_SYS_REG(3, 0, 0, 0, 5);

    /// <exception cref="NotSupportedException">The VM has a GICv2.</exception>
    internal static void Save(Vm vm, ReadOnlySpan<Vcpu> vcpus, StateSections state)
    {
        if (vm.Gic is not Gic any)
        {
            return;
        }

        if (any is not GicV3 gic)
        {
            throw new NotSupportedException(
                "the VM has a GICv2, which this library does not save: make the VM with a GICv3");
        }

        bool hasLpis = vm.Its.Length != 0;
        if (hasLpis)
        {
            // Into guest memory, for the one who saves that next.
            gic.SavePendingTables();
        }

        state.AddAll<ulong>(StateSection.Arm64Gic, SetUpOf(gic));
        uint[] distributor = [.. GicV3Registers.Distributor(gic.InterruptCount).Select(
            register => Read(gic, register, gic.GetDistributorRegister, 0))];
        state.AddAll<uint>(StateSection.Arm64GicDistributor, distributor);
        for (int i = 0; i < vcpus.Length; i++)
        {
            ulong mpidr = vcpus[i].GetRegister<ulong>(Mpidr);
            uint[] redistributor = [.. GicV3Registers.Redistributor(hasLpis).Select(register =>
                Read(gic, register, offset => gic.GetRedistributorRegister(mpidr, offset), mpidr))];
            state.AddAll<uint>(StateSection.Arm64GicRedistributor, redistributor, (uint)i);
            ulong control = gic.GetCpuRegister(mpidr, GicV3Registers.CpuControl);
            ulong[] cpu = [.. GicV3Registers.Cpu(control).Select(name => gic.GetCpuRegister(mpidr, name))];
            state.AddAll<ulong>(StateSection.Arm64GicCpu, cpu, (uint)i);
        }

        for (int i = 0; i < vm.Its.Length; i++)
        {
            GicItsState.Save(vm.Its[i], state, (uint)i);
        }
    }

    /// <summary>Judges the sections; what it returns sets them, after the vCPUs.</summary>
    /// <exception cref="StateException">The VM has another controller than the saved one.</exception>
    internal static Action Prepare(Vm vm, ReadOnlySpan<Vcpu> vcpus, StateSections state)
    {
        GicV3? gic = vm.Gic as GicV3;
        CheckSame(gic, vm.Its.Length, state);
        if (gic is null)
        {
            return static () => { };
        }

        bool hasLpis = vm.Its.Length != 0;
        uint identification = (uint)state.GetAll<ulong>(StateSection.Arm64Gic)[0];
        List<Action> steps =
            [() => gic.SetDistributorRegister(GicV3Registers.Identification, identification)];
        GicRegister[] registers = [.. GicV3Registers.Distributor(gic.InterruptCount)];
        uint[] values = Values<uint>(state, StateSection.Arm64GicDistributor, 0, registers.Length);
        steps.Add(() => Write(gic, registers, values, gic.SetDistributorRegister, 0));
        for (int i = 0; i < vcpus.Length; i++)
        {
            steps.AddRange(PrepareVcpu(gic, vcpus[i], state, (uint)i, hasLpis));
        }

        for (int i = 0; i < vm.Its.Length; i++)
        {
            steps.Add(GicItsState.Prepare(vm.Its[i], state, (uint)i));
        }

        return () => steps.ForEach(step => step());
    }

    private static IEnumerable<Action> PrepareVcpu(
        GicV3 gic, Vcpu vcpu, StateSections state, uint position, bool hasLpis)
    {
        GicRegister[] registers = [.. GicV3Registers.Redistributor(hasLpis)];
        uint[] values = Values<uint>(state, StateSection.Arm64GicRedistributor, position, registers.Length);

        // The second is ICC_CTLR_EL1, which says how many there are.
        ulong[] system = state.GetAll<ulong>(StateSection.Arm64GicCpu, position).ToArray();
        ushort[] names = [.. GicV3Registers.Cpu(system.Length > 1 ? system[1] : 0)];
        CheckCount(StateSection.Arm64GicCpu, system.Length, names.Length);
        return
        [
            () =>
            {
                ulong mpidr = vcpu.GetRegister<ulong>(Mpidr);
                Write(
                    gic, registers, values,
                    (offset, value) => gic.SetRedistributorRegister(mpidr, offset, value), mpidr);
            },
            () =>
            {
                ulong mpidr = vcpu.GetRegister<ulong>(Mpidr);
                for (int i = 0; i < names.Length; i++)
                {
                    gic.SetCpuRegister(mpidr, names[i], system[i]);
                }
            },
        ];
    }

    private static uint Read(GicV3 gic, GicRegister register, Func<uint, uint> read, ulong mpidr) =>
        register.Kind == GicRegister.Kinds.LineLevels
            ? gic.GetLineLevels(mpidr, register.At)
            : read(register.At);

    private static void Write(
        GicV3 gic, GicRegister[] registers, uint[] values, Action<uint, uint> write, ulong mpidr)
    {
        foreach ((GicRegister register, uint value) in registers.Zip(values))
        {
            if (register.Kind == GicRegister.Kinds.LineLevels)
            {
                gic.SetLineLevels(mpidr, register.At, value);
                continue;
            }

            if (register.ClearedBy is uint clear)
            {
                write(clear, uint.MaxValue);
            }

            write(register.At, value);
        }
    }

    // The identification, and what must be the same where it is restored.
    private static ulong[] SetUpOf(GicV3 gic)
    {
        try
        {
            return
            [
                gic.GetDistributorRegister(GicV3Registers.Identification), gic.InterruptCount,
                gic.DistributorAddress,
                .. gic.Redistributors.SelectMany(region => new[] { region.Address, region.Count }),
            ];
        }
        catch (KvmException e) when (e.Errno == Errno.EBUSY)
        {
            throw new StateException(
                "the VM's GICv3 is not in service yet, or a vCPU runs: call its Initialize when all vCPUs "
                + "are made, and pause them", e);
        }
    }

    private static void CheckSame(GicV3? gic, int its, StateSections state)
    {
        bool saved = state.Has(StateSection.Arm64Gic);
        if (saved != gic is not null)
        {
            throw new StateException(
                saved
                    ? "the saved VM has a GICv3 in the kernel and this one has not: make it with CreateGicV3"
                    : "this VM has a GICv3 in the kernel and the saved one has not: make it without");
        }

        if (gic is not null)
        {
            // The identification is not compared: an older revision can be asked for.
            ReadOnlySpan<ulong> here = SetUpOf(gic);
            ReadOnlySpan<ulong> there = state.GetAll<ulong>(StateSection.Arm64Gic);
            if (there.IsEmpty || !here[1..].SequenceEqual(there[1..]))
            {
                throw new StateException(
                    "the saved VM's GICv3 has another number of interrupts or other addresses than this "
                    + "one's: make it as the saved one was");
            }
        }

        bool hasMore = state.Has(StateSection.Arm64Its, (uint)its);
        if (hasMore || (its > 0 && !state.Has(StateSection.Arm64Its, (uint)its - 1)))
        {
            throw new StateException(
                $"this VM has {its} ITSs and the saved one another number: make as many with CreateGicIts");
        }
    }

    private static T[] Values<T>(StateSections state, StateSection id, uint instance, int count)
        where T : unmanaged
    {
        ReadOnlySpan<T> values = state.GetAll<T>(id, instance);
        CheckCount(id, values.Length, count);
        return values.ToArray();
    }

    private static void CheckCount(StateSection id, int count, int wanted)
    {
        if (count != wanted)
        {
            throw new StateException(
                $"the saved state's part {id} has {count:#,0} registers, and this VM's controller "
                + $"{wanted:#,0}");
        }
    }
}
