using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A model-specific register that a vCPU does not have, or a value that it does not take.</summary>
/// <remarks>
/// KVM_GET_MSRS and KVM_SET_MSRS give no error number for it: they stop there and say how many registers
/// before it were done.
/// </remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed class MsrException : Exception
{
    internal MsrException(string operation, uint index, ulong? value, int done)
        : base(Describe(operation, index, value, done))
    {
        Operation = operation;
        Index = index;
        Value = value;
        Done = done;
    }

    /// <summary>The ioctl's macro.</summary>
    public string Operation { get; }

    /// <summary>The register at which the kernel stopped.</summary>
    public uint Index { get; }

    /// <summary>The value that was to be set; null where it was to be read.</summary>
    public ulong? Value { get; }

    /// <summary>How many registers of the list came before it; they are set.</summary>
    public int Done { get; }

    private static string Describe(string operation, uint index, ulong? value, int done)
    {
        string what = value is null
            ? $"MSR 0x{index:x}: the vCPU has no such register, or CPUID does not offer it"
            : $"MSR 0x{index:x} = 0x{value:x}: the vCPU has no such register, or does not take the value";
        return $"{operation} stopped after {done} registers at {what}";
    }
}
