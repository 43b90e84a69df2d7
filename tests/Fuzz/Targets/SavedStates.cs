using System.Buffers.Binary;
using KvmInterop.Native;
using KvmInterop.Native.X64;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>Saved states of VMs and vCPUs: <see cref="VmState.Parse"/> and what judges the parts afterwards.</summary>
/// <remarks>
/// The bytes are made here, so that neither KVM nor a machine of the right architecture is needed. Nothing is
/// set in the kernel: that comes after all that is tested here.
/// </remarks>
internal sealed class SavedStates(string name) : FuzzTarget(name)
{
    private const int HeaderSize = StateFormat.HeaderSize;
    private const int LengthOffset = 24;
    private const int SumOffset = 20;
    private const int LongestPart = 600;

    private static readonly StateSection[] Ids = Enum.GetValues<StateSection>();

    // How large the records of the parts are: the right sizes are worth most.
    private static readonly Dictionary<StateSection, int> Sizes = SizesOfParts();

    public override byte[] Make(FuzzRandom random)
    {
        byte[] state = random.OneIn(2) ? Vm(random) : Vcpu(random, KvmHost.Architecture);
        if (random.OneIn(3))
        {
            return state;
        }

        byte[] spoilt = Mutator.Spoil(state, random, HeaderSize + (4 * StateFormat.EntrySize));
        return random.OneIn(8) ? spoilt : WithSum(spoilt, random.OneIn(8));
    }

    public override bool Run(byte[] input)
    {
        try
        {
            VcpuState vcpu = VcpuState.Parse(input);
            CheckSame(vcpu.ToBytes(), input);
            Judge(StateFormat.Read(input, StateKind.Vcpu));
            return true;
        }
        catch (StateException e)
        {
            StateCheck.CheckSentence(e.Message);
        }

        try
        {
            VmState vm = VmState.Parse(input);
            CheckSame(vm.ToBytes(), input);
            _ = (vm.HasIrqchip, vm.HasGic, vm.HasPit, vm.HasLocalApics, vm.Vcpus.Count);
            Tally.Add("VMs read");
            GsiRouteState.Prepare(null!, StateFormat.Read(input, StateKind.Vm));
            Tally.Add("VMs with sound routes");
            return true;
        }
        catch (StateException e)
        {
            StateCheck.CheckSentence(e.Message);
            return false;
        }
    }

    // What a vCPU's restoring looks at before it sets anything.
    private void Judge(StateSections sections)
    {
        Tally.Add("vCPUs read");
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            X64VcpuParts parts = new(sections);
            _ = parts.Cpuid.Find(1);
            Tally.Add("vCPUs with all parts");
        }
        else
        {
            _ = RegisterState.Parse(sections.Need(StateSection.Registers));
            Tally.Add("vCPUs with all parts");
        }
    }

    // There is one way to write a state.
    private static void CheckSame(byte[] written, byte[] read)
    {
        if (!written.AsSpan().SequenceEqual(read))
        {
            throw new FuzzFailureException("a state that was read is written otherwise");
        }
    }

    private static byte[] Vm(FuzzRandom random)
    {
        StateSections sections = new(StateKind.Vm, ArchitectureOf(random));
        AddParts(sections, random, Ids.Where(id => id is StateSection.GsiRoutes or >= StateSection.X64Irqchip));
        int vcpus = random.Below(4);
        for (uint i = 0; i < vcpus; i++)
        {
            byte[] vcpu = Vcpu(random, random.OneIn(16) ? KvmArchitecture.RiscV64 : sections.Architecture);
            vcpu = random.OneIn(4) ? WithSum(Mutator.Spoil(vcpu, random, HeaderSize), false) : vcpu;
            sections.Add(StateSection.Vcpu, vcpu, random.OneIn(32) ? (uint)random.Next() : i);
        }

        return StateFormat.Write(sections);
    }

    private static byte[] Vcpu(FuzzRandom random, KvmArchitecture architecture)
    {
        StateSections sections = new(StateKind.Vcpu, architecture);
        AddParts(sections, random, Ids.Where(id => id is not (StateSection.Vcpu or StateSection.GsiRoutes)
            and < StateSection.X64Irqchip));
        return StateFormat.Write(sections);
    }

    private static KvmArchitecture ArchitectureOf(FuzzRandom random) =>
        random.OneIn(16) ? (KvmArchitecture)(uint)random.Next() : KvmHost.Architecture;

    private static void AddParts(StateSections sections, FuzzRandom random, IEnumerable<StateSection> ids)
    {
        foreach (StateSection id in ids)
        {
            if (random.OneIn(24) || (id == StateSection.X64NestedState && random.OneIn(2)))
            {
                continue;
            }

            int size = random.OneIn(32) ? random.Below(LongestPart) : Sizes.GetValueOrDefault(id, 16);
            byte[] bytes = new byte[id switch
            {
                StateSection.X64Cpuid or StateSection.X64Msrs or StateSection.GsiRoutes => size * random.Below(5),
                _ => size,
            }];
            FillPart(id, bytes, random);
            sections.Add(id, bytes, id == StateSection.X64Irqchip ? (uint)random.Below(3) : 0);
        }
    }

    private static void FillPart(StateSection id, byte[] bytes, FuzzRandom random)
    {
        switch (id)
        {
            case StateSection.Registers:
                FillRegisters(bytes, random);
                break;
            case StateSection.X64NestedState when bytes.Length >= sizeof(uint) * 2:
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(sizeof(uint)), bytes.Length);
                break;
            case StateSection.GsiRoutes:
                // The type of a route is its second word.
                for (int at = sizeof(uint); at < bytes.Length - 8; at += Sizes[id])
                {
                    bytes[at] = (byte)random.Below(7);
                }

                break;
            default:
                random.Fill(bytes.AsSpan(0, Math.Min(bytes.Length, 8)));
                if (bytes.Length >= sizeof(int) && !random.OneIn(16))
                {
                    // Kilohertz and the like are above zero.
                    bytes[3] &= 0x7f;
                    bytes[0] |= 1;
                }

                break;
        }
    }

    // A register's id has its size; what follows has that many bytes.
    private static void FillRegisters(byte[] bytes, FuzzRandom random)
    {
        Span<byte> rest = bytes;
        while (rest.Length >= sizeof(ulong))
        {
            int size = random.OneIn(16) ? random.Below(16) : random.Below(4);
            ulong id = (random.Next() & ~(ulong)KvmApi.KVM_REG_SIZE_MASK) | ((ulong)size << KvmApi.KVM_REG_SIZE_SHIFT);
            BinaryPrimitives.WriteUInt64LittleEndian(rest, id);
            rest = rest[Math.Min(rest.Length, sizeof(ulong) + (1 << size))..];
        }
    }

    // The header's length and sum made right again, as somebody does who forges a state.
    private static byte[] WithSum(byte[] state, bool keepsLength)
    {
        if (state.Length >= HeaderSize)
        {
            if (!keepsLength)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(LengthOffset), (ulong)state.Length);
            }

            uint sum = Crc32C.Add(Crc32C.Start, state.AsSpan(0, SumOffset));
            sum = Crc32C.Finish(Crc32C.Add(sum, state.AsSpan(SumOffset + sizeof(uint))));
            BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(SumOffset), sum);
        }

        return state;
    }

    private static Dictionary<StateSection, int> SizesOfParts() => new()
    {
        [StateSection.VcpuId] = sizeof(uint),
        [StateSection.MpState] = sizeof(uint),
        [StateSection.Registers] = 200,
        [StateSection.GsiRoutes] = Size<kvm_irq_routing_entry>(),
        [StateSection.X64Cpuid] = Size<kvm_cpuid_entry2>(),
        [StateSection.X64TscKhz] = sizeof(int),
        [StateSection.X64MachineChecks] = sizeof(ulong),
        [StateSection.X64SpecialRegisters] = Size<kvm_sregs>(),
        [StateSection.X64SpecialRegisters2] = Size<kvm_sregs2>(),
        [StateSection.X64Xsave] = 4096,
        [StateSection.X64ExtendedControlRegisters] = Size<kvm_xcrs>(),
        [StateSection.X64Lapic] = Size<kvm_lapic_state>(),
        [StateSection.X64Msrs] = Size<kvm_msr_entry>(),
        [StateSection.X64NestedState] = Size<kvm_nested_state>() + 100,
        [StateSection.X64Registers] = Size<kvm_regs>(),
        [StateSection.X64DebugRegisters] = Size<kvm_debugregs>(),
        [StateSection.X64Events] = Size<kvm_vcpu_events>(),
    };

    private static int Size<T>()
        where T : unmanaged => System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
}
