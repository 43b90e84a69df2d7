using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Fdt;

/// <summary>A node of a <see cref="DeviceTree"/>: properties, then nodes, in the order they were made.</summary>
/// <remarks>
/// Setting a property that is there replaces its value. Names are checked by the specification (2.2.1 and
/// 2.2.4); what a binding wants is the caller's matter.
/// </remarks>
public sealed class FdtNode
{
    private const int LongestName = 31;

    private static readonly SearchValues<char> NodeCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+-");

    private static readonly SearchValues<char> PropertyCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+?#-");

    private readonly DeviceTree tree;
    private readonly List<(string Name, byte[] Value)> properties = [];
    private readonly List<FdtNode> nodes = [];
    private uint phandle;

    internal FdtNode(DeviceTree tree, string name)
    {
        this.tree = tree;
        Name = name;
    }

    /// <summary>The name with its unit address, such as <c>memory@40000000</c>.</summary>
    public string Name { get; }

    /// <summary>The nodes below.</summary>
    public IReadOnlyList<FdtNode> Nodes => nodes;

    /// <summary>What other nodes refer to this one by (2.3.3); the node has it once it was asked for.</summary>
    public uint Phandle
    {
        get
        {
            if (phandle == 0)
            {
                phandle = tree.NextPhandle();
                SetCells("phandle", phandle);
            }

            return phandle;
        }
    }

    /// <summary>Adds a node whose name has no address.</summary>
    /// <param name="name">1 to 31 characters: letters, digits and <c>,._+-</c>; or with an address after
    /// <c>@</c>.</param>
    /// <exception cref="ArgumentException">It is no such name, or there is one of this name.</exception>
    public FdtNode AddNode(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int at = name.IndexOf('@', StringComparison.Ordinal);
        ReadOnlySpan<char> plain = at < 0 ? name : name.AsSpan(0, at);
        ReadOnlySpan<char> address = at < 0 ? "0" : name.AsSpan(at + 1);
        if (plain.Length is 0 or > LongestName || plain.ContainsAnyExcept(NodeCharacters)
            || address.IsEmpty || address.ContainsAnyExcept(NodeCharacters))
        {
            throw new ArgumentException(
                $"\"{name}\" is no name of a node: up to {LongestName} letters, digits and ,._+- and an address "
                + "after @", nameof(name));
        }

        if (nodes.Exists(node => node.Name == name))
        {
            throw new ArgumentException($"there is a node \"{name}\" already", nameof(name));
        }

        FdtNode added = new(tree, name);
        nodes.Add(added);
        return added;
    }

    /// <summary>Adds a node for a device at an address, with its <c>reg</c> of 2 cells each.</summary>
    /// <param name="name">Without address.</param>
    /// <param name="address">Physical.</param>
    /// <param name="size">Bytes.</param>
    /// <exception cref="ArgumentException">It is no name, or there is one of this name and address.</exception>
    public FdtNode AddDevice(string name, ulong address, ulong size)
    {
        FdtNode node = AddNode($"{name}@{address:x}");
        node.SetCells64("reg", address, size);
        return node;
    }

    /// <summary>Sets a property that says something by being there.</summary>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public void Set(string name) => SetBytes(name, []);

    /// <summary>Sets strings: one, or a list such as of <c>compatible</c>.</summary>
    /// <param name="name">1 to 31 characters: letters, digits and <c>,._+?#-</c>.</param>
    /// <param name="texts">ASCII, without zeros.</param>
    /// <exception cref="ArgumentException">The name is none, or a text cannot be written.</exception>
    public void SetStrings(string name, params ReadOnlySpan<string> texts)
    {
        List<byte> value = [];
        foreach (string text in texts)
        {
            ArgumentNullException.ThrowIfNull(text, nameof(texts));
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"a string of {name} has a zero in it", nameof(texts));
            }

            value.AddRange(Encoding.UTF8.GetBytes(text));
            value.Add(0);
        }

        SetBytes(name, [.. value]);
    }

    /// <summary>Sets numbers of 32 bits, big-endian as all are.</summary>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public void SetCells(string name, params ReadOnlySpan<uint> cells)
    {
        byte[] value = new byte[cells.Length * sizeof(uint)];
        for (int i = 0; i < cells.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(i * sizeof(uint)), cells[i]);
        }

        SetBytes(name, value);
    }

    /// <summary>Sets numbers of 64 bits, two cells each: addresses and sizes.</summary>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public void SetCells64(string name, params ReadOnlySpan<ulong> values)
    {
        byte[] value = new byte[values.Length * sizeof(ulong)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(value.AsSpan(i * sizeof(ulong)), values[i]);
        }

        SetBytes(name, value);
    }

    /// <summary>Sets any bytes, which are copied.</summary>
    /// <exception cref="ArgumentException">The name is none.</exception>
    public void SetBytes(string name, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > LongestName || name.AsSpan().ContainsAnyExcept(PropertyCharacters))
        {
            throw new ArgumentException(
                $"\"{name}\" is no name of a property: up to {LongestName} letters, digits and ,._+?#-",
                nameof(name));
        }

        int at = properties.FindIndex(property => property.Name == name);
        if (at >= 0)
        {
            properties[at] = (name, value.ToArray());
        }
        else
        {
            properties.Add((name, value.ToArray()));
        }
    }

    internal void Write(FdtWriter writer)
    {
        writer.Begin(Name);
        foreach ((string name, byte[] value) in properties)
        {
            writer.Add(name, value);
        }

        foreach (FdtNode node in nodes)
        {
            node.Write(writer);
        }

        writer.EndOfNode();
    }
}
