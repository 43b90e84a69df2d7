using KvmInterop.Native;

namespace KvmInterop.Examples.Machines;

/// <summary>What a machine uses of KVM.</summary>
/// <param name="Capability">By its name.</param>
/// <param name="IsNeeded">Whether there is no machine without it.</param>
/// <param name="Use">What for.</param>
public sealed record CapabilityUse(KvmCapability Capability, bool IsNeeded, string Use);
