namespace KvmInterop;

/// <summary>A register by its id, with its bytes.</summary>
/// <param name="Id">KVM_REG_ARM64 or another architecture, a size, and the register.</param>
/// <param name="Bytes">As many as the id tells, in the host's byte order.</param>
public readonly record struct RegisterValue(ulong Id, ReadOnlyMemory<byte> Bytes);
