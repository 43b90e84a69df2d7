using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Fdt;

/// <summary>Writes the structure block (5.4) and gathers the names of properties (5.5).</summary>
internal sealed class FdtWriter
{
    private const uint BeginNode = 1;
    private const uint EndNode = 2;
    private const uint Property = 3;
    private const uint End = 9;

    private readonly List<byte> structure = [];
    private readonly List<byte> strings = [];
    private readonly Dictionary<string, uint> names = [];

    internal byte[] Strings => [.. strings];

    internal static int Align(int size, int alignment) => (size + alignment - 1) / alignment * alignment;

    internal void Begin(string name)
    {
        Add(BeginNode);
        AddText(structure, name);
        Pad();
    }

    internal void Add(string name, ReadOnlySpan<byte> value)
    {
        Add(Property);
        Add((uint)value.Length);
        Add(OffsetOf(name));
        structure.AddRange(value);
        Pad();
    }

    internal void EndOfNode() => Add(EndNode);

    internal byte[] FinishStructure()
    {
        Add(End);
        return [.. structure];
    }

    private static void AddText(List<byte> to, string text)
    {
        to.AddRange(Encoding.ASCII.GetBytes(text));
        to.Add(0);
    }

    // Each name once.
    private uint OffsetOf(string name)
    {
        if (!names.TryGetValue(name, out uint offset))
        {
            offset = (uint)strings.Count;
            names.Add(name, offset);
            AddText(strings, name);
        }

        return offset;
    }

    private void Add(uint cell)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, cell);
        structure.AddRange(bytes);
    }

    private void Pad()
    {
        while (structure.Count % sizeof(uint) != 0)
        {
            structure.Add(0);
        }
    }
}
