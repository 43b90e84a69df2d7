namespace KvmInterop.Machine.Virtio;

// The configuration space (2.5).
public abstract partial class VirtioDevice
{
    private readonly Lock configurationGate = new();
    private readonly byte[] configuration;
    private uint generation;

    /// <summary>Changes with every change of the configuration by the device (2.5.3).</summary>
    internal uint ConfigurationGeneration => Volatile.Read(ref generation);

    /// <summary>Bytes of the configuration space.</summary>
    internal int ConfigurationSize => configuration.Length;

    /// <summary>The driver reads; beyond the space there is nothing, as 0.</summary>
    internal void ReadConfiguration(ulong offset, Span<byte> data)
    {
        data.Clear();
        if (offset >= (ulong)configuration.Length)
        {
            return;
        }

        int length = Math.Min(data.Length, configuration.Length - (int)offset);
        lock (configurationGate)
        {
            configuration.AsSpan((int)offset, length).CopyTo(data);
        }
    }

    /// <summary>The driver writes; what reaches beyond the space is dropped.</summary>
    internal void WriteConfiguration(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset < (ulong)configuration.Length
            && data.Length <= configuration.Length - (int)offset)
        {
            OnConfigurationWritten((int)offset, data);
        }
    }

    /// <summary>The driver wrote to the configuration; nothing is changed unless the device does it.</summary>
    /// <param name="offset">Within the space.</param>
    /// <param name="data">Ends within the space.</param>
    protected virtual void OnConfigurationWritten(int offset, ReadOnlySpan<byte> data)
    {
    }

    /// <summary>Sets bytes of the configuration, as one change.</summary>
    /// <param name="offset">Within the space.</param>
    /// <param name="data">Ends within the space; numbers are little-endian.</param>
    /// <param name="isNews">Whether the driver is told: it is, of what changes by itself.</param>
    protected void SetConfiguration(int offset, ReadOnlySpan<byte> data, bool isNews = false)
    {
        lock (configurationGate)
        {
            data.CopyTo(configuration.AsSpan(offset));
            Volatile.Write(ref generation, generation + 1);
        }

        if (isNews && (Status & VirtioStatus.DriverOk) != 0)
        {
            transport?.NotifyConfiguration();
        }
    }
}
