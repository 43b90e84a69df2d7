namespace KvmInterop;

/// <summary>An access to which no device answered.</summary>
/// <param name="Bus">Where.</param>
/// <param name="IsWrite">The guest wrote; else it read.</param>
/// <param name="Address">The first port or guest-physical address.</param>
/// <param name="Size">Bytes, 1 to 8.</param>
/// <param name="Value">What the guest wrote, or the ones that it reads.</param>
public readonly record struct UnclaimedAccess(Bus Bus, bool IsWrite, ulong Address, int Size, ulong Value)
{
    /// <summary>One sentence.</summary>
    public override string ToString()
    {
        string what = Bus is PioBus ? "port" : "address";
        return IsWrite
            ? $"the guest wrote 0x{Value:x} ({Size} bytes) to {what} 0x{Address:x}, where there is no device"
            : $"the guest read {Size} bytes from {what} 0x{Address:x}, where there is no device";
    }
}

/// <summary>Is told of an access to which no device answered; see <see cref="Bus.Unclaimed"/>.</summary>
/// <param name="access">The access.</param>
public delegate void UnclaimedAccessHandler(in UnclaimedAccess access);
