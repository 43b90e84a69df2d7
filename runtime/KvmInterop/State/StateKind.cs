namespace KvmInterop;

/// <summary>What a saved state is of. The numbers are in files: never change one.</summary>
internal enum StateKind : ushort
{
    /// <summary>One vCPU.</summary>
    Vcpu = 1,

    /// <summary>A VM with its vCPUs.</summary>
    Vm = 2,
}
