using System.Collections;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// What a guest's <c>cpuid</c> instruction answers. Immutable: each edit gives a new table, and edits can be
/// put one after the other.
/// </summary>
/// <remarks>
/// Start from what the host can offer, <see cref="Kvm.GetSupportedCpuid"/>, and give the result to each vCPU
/// with its own APIC id. Safe for any thread.
/// </remarks>
[KvmArchitectures(KvmArchitecture.X64)]
public sealed partial class CpuidTable : IReadOnlyList<kvm_cpuid_entry2>, IEquatable<CpuidTable>
{
    private readonly kvm_cpuid_entry2[] entries;

    /// <summary>A table of these entries, in this order.</summary>
    public CpuidTable(params ReadOnlySpan<kvm_cpuid_entry2> entries)
        : this(entries.ToArray())
    {
    }

    private CpuidTable(kvm_cpuid_entry2[] entries) => this.entries = entries;

    /// <summary>A change of one entry.</summary>
    public delegate void Edit(ref kvm_cpuid_entry2 entry);

    /// <summary>How many entries: one for each leaf, or for each subleaf where it has some.</summary>
    public int Count => entries.Length;

    /// <summary>The entry at a position.</summary>
    public kvm_cpuid_entry2 this[int index] => entries[index];

    /// <summary>A table of what an ioctl gave.</summary>
    public static CpuidTable From(KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return new CpuidTable(buffer.Entries.ToArray());
    }

    /// <summary>The form that KVM_SET_CPUID2 takes.</summary>
    public KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> ToBuffer()
    {
        KvmBuffer<kvm_cpuid2, kvm_cpuid_entry2> buffer = new(entries.Length);
        entries.CopyTo(buffer.Entries);
        return buffer;
    }

    /// <summary>The entry that answers for a leaf and subleaf, or null.</summary>
    /// <param name="leaf">EAX as the instruction takes it.</param>
    /// <param name="subleaf">ECX; of no meaning for a leaf without subleaves.</param>
    public kvm_cpuid_entry2? Find(uint leaf, uint subleaf = 0)
    {
        int index = IndexOf(leaf, subleaf);
        return index < 0 ? null : entries[index];
    }

    /// <summary>With this entry, in place of the one that answered for its leaf and subleaf.</summary>
    /// <param name="entry">With KVM_CPUID_FLAG_SIGNIFCANT_INDEX in <c>flags</c> where the leaf has
    /// subleaves.</param>
    public CpuidTable With(in kvm_cpuid_entry2 entry)
    {
        int index = IndexOf(entry.function, entry.index);
        kvm_cpuid_entry2[] changed = index < 0 ? [.. entries, default] : [.. entries];
        changed[index < 0 ? entries.Length : index] = entry;
        return new CpuidTable(changed);
    }

    /// <summary>With one entry changed; as it is where no entry answers for the leaf and subleaf.</summary>
    public CpuidTable With(uint leaf, uint subleaf, Edit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        int index = IndexOf(leaf, subleaf);
        return index < 0 ? this : WithEach((ref kvm_cpuid_entry2 entry, int i) =>
        {
            if (i == index)
            {
                edit(ref entry);
            }
        });
    }

    /// <summary>
    /// With bits of one register set and cleared; as it is where no entry answers for the leaf and subleaf.
    /// </summary>
    /// <param name="leaf">EAX as the instruction takes it.</param>
    /// <param name="subleaf">ECX.</param>
    /// <param name="register">Where the bits are.</param>
    /// <param name="set">Bits to be 1.</param>
    /// <param name="clear">Bits to be 0; those that are in both are 1.</param>
    public CpuidTable WithBits(uint leaf, uint subleaf, CpuidRegister register, uint set, uint clear = 0) =>
        With(leaf, subleaf, (ref kvm_cpuid_entry2 entry) =>
        {
            ref uint bits = ref Register(ref entry, register);
            bits = (bits & ~clear) | set;
        });

    /// <summary>Without a leaf and all its subleaves: <c>cpuid</c> answers as for one it does not
    /// know.</summary>
    public CpuidTable Without(uint leaf) => Without(leaf, leaf);

    /// <summary>Without the leaves from the first to the last.</summary>
    public CpuidTable Without(uint first, uint last) =>
        new(Array.FindAll(entries, entry => entry.function < first || entry.function > last));

    /// <summary>Whether the other table has the same entries in the same order.</summary>
    public bool Equals(CpuidTable? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CpuidTable);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<kvm_cpuid_entry2> GetEnumerator() =>
        ((IEnumerable<kvm_cpuid_entry2>)entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes<kvm_cpuid_entry2>(entries);

    private static ref uint Register(ref kvm_cpuid_entry2 entry, CpuidRegister register)
    {
        switch (register)
        {
            case CpuidRegister.Eax:
                return ref entry.eax;
            case CpuidRegister.Ebx:
                return ref entry.ebx;
            case CpuidRegister.Ecx:
                return ref entry.ecx;
            case CpuidRegister.Edx:
                return ref entry.edx;
            default:
                throw new ArgumentOutOfRangeException(nameof(register), register, "no register of cpuid");
        }
    }

    // As the kernel looks one up: the first of the leaf, and of the subleaf where that is significant.
    private int IndexOf(uint leaf, uint subleaf) => Array.FindIndex(
        entries,
        entry => entry.function == leaf
            && ((entry.flags & KvmApi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX) == 0 || entry.index == subleaf));

    private CpuidTable WithEach(EditAt edit)
    {
        kvm_cpuid_entry2[] changed = [.. entries];
        for (int i = 0; i < changed.Length; i++)
        {
            edit(ref changed[i], i);
        }

        return new CpuidTable(changed);
    }

    private delegate void EditAt(ref kvm_cpuid_entry2 entry, int index);
}
