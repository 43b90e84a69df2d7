using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>What a statistics file says of itself: its header, its id and its descriptors.</summary>
/// <remarks>
/// Documentation/virt/kvm/api.rst, 4.133. All numbers are the kernel's, and checked all the same: a wrong one
/// gives an <see cref="InvalidDataException"/>, never a read outside or an array without a limit.
/// </remarks>
internal readonly record struct StatisticDescriptor(
    string Name, KvmStatisticType Type, KvmStatisticUnit Unit, int Base, int Exponent, int FirstWord,
    int Count, uint BucketSize)
{
    // KVM has some 60 statistics with names of at most 48 bytes, and histograms of 32 buckets.
    private const uint MostNameBytes = 1 << 12;
    private const uint MostDescriptors = 1 << 14;
    private const uint MostDataBytes = 1 << 20;

    /// <summary>Whether what the header announces is within limits.</summary>
    internal static void Check(in kvm_stats_header header)
    {
        if (header.name_size is 0 or > MostNameBytes || header.num_desc > MostDescriptors)
        {
            throw new InvalidDataException(
                $"KVM's statistics have {header.num_desc} descriptors with names of {header.name_size} "
                + "bytes; no kernel that this library knows has so many");
        }
    }

    /// <summary>Bytes of one descriptor and its name.</summary>
    internal static int Size(in kvm_stats_header header) =>
        Unsafe.SizeOf<kvm_stats_desc>() + (int)header.name_size;

    /// <param name="bytes">The descriptors, as many whole ones as there are.</param>
    /// <param name="size">Bytes of each with its name.</param>
    internal static StatisticDescriptor[] ReadAll(ReadOnlySpan<byte> bytes, int size)
    {
        StatisticDescriptor[] all = new StatisticDescriptor[bytes.Length / size];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = Read(bytes.Slice(i * size, size));
        }

        return all;
    }

    /// <summary>A text of the kernel's that ends with a zero or with its space.</summary>
    internal static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static StatisticDescriptor Read(ReadOnlySpan<byte> bytes)
    {
        kvm_stats_desc descriptor = MemoryMarshal.Read<kvm_stats_desc>(bytes);
        string name = Text(bytes[Unsafe.SizeOf<kvm_stats_desc>()..]);
        ulong end = descriptor.offset + ((ulong)descriptor.size * sizeof(ulong));
        if (descriptor.size == 0 || descriptor.offset % sizeof(ulong) != 0 || end > MostDataBytes)
        {
            throw new InvalidDataException(
                $"KVM's statistic '{name}' has {descriptor.size} values at {descriptor.offset}; "
                + "no kernel that this library knows has such a one");
        }

        uint flags = descriptor.flags;
        return new StatisticDescriptor(
            name,
            (KvmStatisticType)(flags & KvmApi.KVM_STATS_TYPE_MASK),
            (KvmStatisticUnit)(flags & KvmApi.KVM_STATS_UNIT_MASK),
            (flags & KvmApi.KVM_STATS_BASE_MASK) == KvmApi.KVM_STATS_BASE_POW2 ? 2 : 10,
            descriptor.exponent,
            (int)(descriptor.offset / sizeof(ulong)),
            descriptor.size,
            descriptor.bucket_size);
    }
}
