using System.Numerics;

namespace KvmInterop.Machine.Pci;

/// <summary>A function's message-signalled interrupts: the MSI-X capability, its table and its pending bits
/// (PCI Local Bus Specification 3.0, 6.8.2), in a base address of their own.</summary>
/// <remarks><see cref="PciFunction.AddMsix"/> makes it.</remarks>
public sealed class Msix
{
    /// <summary>The most vectors a function can have.</summary>
    public const int MostVectors = 2048;

    internal const int LargestState = MostVectors * MsixVector.StateSize;

    private const byte CapabilityId = 0x11;
    private const int ControlOffset = 2;
    private const ushort Enable = 1 << 15;
    private const ushort FunctionMask = 1 << 14;

    // Half a page at least, so that both are in one and apart.
    private const ulong LeastTable = 2048;

    private readonly MsixVector[] vectors;
    private int capability;

    internal Msix(int count, IMessageSender messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostVectors);
        vectors = new MsixVector[count];
        for (int i = 0; i < count; i++)
        {
            vectors[i] = new MsixVector(messages);
        }

        PendingOffset = Math.Max(LeastTable, BitOperations.RoundUpToPowerOf2((ulong)count * MsixVector.EntrySize));
        BarDevice = new MsixTable(vectors, PendingOffset);
    }

    /// <summary>The vectors; a driver chooses which of them says what.</summary>
    public IReadOnlyList<MsixVector> Vectors => vectors;

    /// <summary>Whether the guest uses them, instead of the interrupt pin.</summary>
    public bool IsEnabled => vectors[0].IsEnabled;

    internal ulong PendingOffset { get; }

    internal ulong BarSize => 2 * PendingOffset;

    internal IBusDevice BarDevice { get; }

    internal void AddTo(PciFunction function, int bar)
    {
        Span<byte> body = stackalloc byte[10];
        body[0] = (byte)(vectors.Length - 1);
        body[1] = (byte)((vectors.Length - 1) >> 8);
        body[2] = (byte)bar;
        uint pending = (uint)PendingOffset | (uint)bar;
        for (int i = 0; i < sizeof(uint); i++)
        {
            body[6 + i] = (byte)(pending >> (8 * i));
        }

        capability = function.AddCapability(CapabilityId, body);
        function.Config.AllowUInt16(capability + ControlOffset, Enable | FunctionMask);
    }

    /// <summary>Looks at the capability, which the guest may have written.</summary>
    internal void Follow(PciConfigSpace config)
    {
        ushort control = config.GetUInt16(capability + ControlOffset);
        foreach (MsixVector vector in vectors)
        {
            vector.SetFunction((control & Enable) != 0, (control & FunctionMask) != 0);
        }
    }

    internal byte[] Save()
    {
        byte[] state = new byte[vectors.Length * MsixVector.StateSize];
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i].Save(state.AsSpan(i * MsixVector.StateSize, MsixVector.StateSize));
        }

        return state;
    }

    /// <summary>Judges a state; what it returns sets it.</summary>
    internal Action PrepareRestore(ReadOnlySpan<byte> state)
    {
        if (state.Length != vectors.Length * MsixVector.StateSize)
        {
            throw new StateException(
                $"the saved state has {state.Length:#,0} bytes of MSI-X vectors, and this machine's function has "
                + $"{vectors.Length:#,0} vectors");
        }

        byte[] saved = state.ToArray();
        return () =>
        {
            for (int i = 0; i < vectors.Length; i++)
            {
                vectors[i].Restore(saved.AsSpan(i * MsixVector.StateSize, MsixVector.StateSize));
            }
        };
    }
}
