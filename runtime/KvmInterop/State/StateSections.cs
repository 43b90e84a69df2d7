using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What a saved state consists of, each part with its number, in the order it was saved.</summary>
internal sealed class StateSections(StateKind kind, KvmArchitecture architecture)
{
    private readonly List<Section> sections = [];

    // A state may have a section for each of very many vCPUs, or say so: each is found at once.
    private readonly Dictionary<(StateSection Id, uint Instance), byte[]> byName = [];

    internal StateKind Kind { get; } = kind;

    internal KvmArchitecture Architecture { get; } = architecture;

    internal IReadOnlyList<Section> All => sections;

    internal void Add(StateSection id, byte[] bytes, uint instance = 0)
    {
        byName.Add((id, instance), bytes);
        sections.Add(new Section(id, instance, bytes));
    }

    internal void Add<T>(StateSection id, in T record, uint instance = 0)
        where T : unmanaged =>
        Add(id, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)).ToArray(), instance);

    internal void AddAll<T>(StateSection id, ReadOnlySpan<T> records, uint instance = 0)
        where T : unmanaged =>
        Add(id, MemoryMarshal.AsBytes(records).ToArray(), instance);

    internal bool Has(StateSection id, uint instance = 0) => Find(id, instance) is not null;

    internal byte[]? Find(StateSection id, uint instance = 0) => byName.GetValueOrDefault((id, instance));

    /// <exception cref="StateException">It is not there.</exception>
    internal byte[] Need(StateSection id, uint instance = 0) =>
        Find(id, instance) ?? throw new StateException($"the saved state lacks its part {id}; save it again");

    /// <exception cref="StateException">It is not there, or has another size than the record's.</exception>
    internal T Get<T>(StateSection id, uint instance = 0)
        where T : unmanaged
    {
        byte[] bytes = Need(id, instance);
        int size = Unsafe.SizeOf<T>();
        return bytes.Length == size
            ? MemoryMarshal.Read<T>(bytes)
            : throw new StateException(
                $"the saved state's part {id} has {bytes.Length:#,0} bytes, not {size:#,0}");
    }

    /// <exception cref="StateException">It is not there, or is no whole number of records.</exception>
    internal ReadOnlySpan<T> GetAll<T>(StateSection id, uint instance = 0)
        where T : unmanaged
    {
        byte[] bytes = Need(id, instance);
        int size = Unsafe.SizeOf<T>();
        return bytes.Length % size == 0
            ? MemoryMarshal.Cast<byte, T>(bytes)
            : throw new StateException(
                $"the saved state's part {id} has {bytes.Length:#,0} bytes, which is no multiple of {size}");
    }

    /// <summary>One part.</summary>
    internal sealed record Section(StateSection Id, uint Instance, byte[] Bytes);
}
