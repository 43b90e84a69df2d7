using System.Buffers.Binary;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>The state of a vCPU where the kernel has registers by id for it: arm64, riscv64.</summary>
[KvmArchitectures(KvmArchitecture.Arm64 | KvmArchitecture.RiscV64)]
internal static class RegisterState
{
    // KVM_REG_SIZE_U2048, the largest that there is: a vector of arm64's SVE.
    private const int MostBytes = 256;

    internal static void Save(Vcpu vcpu, StateSections state)
    {
        using MemoryStream bytes = new();
        Span<byte> id = stackalloc byte[sizeof(ulong)];
        foreach (RegisterValue register in vcpu.SaveRegisters())
        {
            BinaryPrimitives.WriteUInt64LittleEndian(id, register.Id);
            bytes.Write(id);
            bytes.Write(register.Bytes.Span);
        }

        state.Add(StateSection.Registers, bytes.ToArray());
#if KVM_ARM64
        if (KvmHost.Architecture == KvmArchitecture.Arm64)
        {
            vcpu.SaveArm64Events(state);
        }
#endif
    }

    /// <summary>Judges the sections; what it returns sets them.</summary>
    internal static Action Prepare(Vcpu vcpu, StateSections state)
    {
        RegisterValue[] registers = Parse(state.Need(StateSection.Registers));
        KvmMpState mpState = state.Get<KvmMpState>(StateSection.MpState);
        Action? events = null;
#if KVM_ARM64
        if (KvmHost.Architecture == KvmArchitecture.Arm64)
        {
            events = vcpu.PrepareArm64Events(state);
        }
#endif
        return () =>
        {
            vcpu.RestoreRegisters(registers);
            vcpu.SetMpState(mpState);
            events?.Invoke();
        };
    }

    internal static RegisterValue[] Parse(ReadOnlyMemory<byte> bytes)
    {
        List<RegisterValue> registers = [];
        while (!bytes.IsEmpty)
        {
            ulong id = bytes.Length < sizeof(ulong) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
            int size = Vcpu.SizeOfRegister(id);
            if (bytes.Length - sizeof(ulong) < size || size > MostBytes)
            {
                throw new StateException(
                    $"the saved state's registers break off after {registers.Count}, in the one with the id "
                    + $"0x{id:x}");
            }

            registers.Add(new RegisterValue(id, bytes.Slice(sizeof(ulong), size)));
            bytes = bytes[(sizeof(ulong) + size)..];
        }

        return [.. registers];
    }
}
