using System.Buffers.Binary;
using System.Text;

namespace KvmInterop.Machine.Boot;

/// <summary>What a multiboot kernel is told (Multiboot Specification 0.6.96, 3.3).</summary>
public sealed class MultibootInformation
{
    // The structure and all that it points to: enough for some hundred modules.
    private const int Room = 0x1_0000;
    private const int InformationSize = 120;

    // Which members are there: memory, boot device, command line, modules, memory map, the loader's name.
    private const uint Flags = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9;

    private const int LowerMemoryAt = 4;
    private const int UpperMemoryAt = 8;
    private const int BootDeviceAt = 12;
    private const int CommandLineAt = 16;
    private const int ModuleCountAt = 20;
    private const int ModulesAt = 24;
    private const int MapLengthAt = 44;
    private const int MapAt = 48;
    private const int LoaderNameAt = 64;
    private const int ModuleSize = 16;
    private const int MapEntrySize = 24;

    // The first hard disk, no partition.
    private const uint BootDevice = 0x8000_ffff;
    private const uint LowerKiB = (uint)(PcMemoryLayout.LowMemoryEnd >> 10);
    private const ulong PageMask = 0xfff;

    private readonly PcMemoryLayout layout;
    private readonly List<(ulong Start, ulong End, string CommandLine)> modules = [];
    private string commandLine = "";

    /// <summary>Information with a map of memory.</summary>
    public MultibootInformation(PcMemoryLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        this.layout = layout;
    }

    /// <summary>The kernel's command line, with its own name as the first word.</summary>
    public void SetCommandLine(string text) => commandLine = text ?? throw new ArgumentNullException(nameof(text));

    /// <summary>Loads a module to the next whole page and notes it.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="module">The module.</param>
    /// <param name="from">The end of what lies before it.</param>
    /// <returns>Its end.</returns>
    /// <exception cref="BootImageException">The guest does not have the memory.</exception>
    public ulong AddModule(GuestMemory memory, MultibootModule module, ulong from)
    {
        ArgumentNullException.ThrowIfNull(module);
        ulong address = PageFrom(from);
        if (module.File.Length > layout.LowSize || address > layout.LowSize - module.File.Length)
        {
            throw new BootImageException(
                $"the module {module.File.Name} has {module.File.Length:#,0} bytes, and from 0x{address:x} to "
                + $"0x{layout.LowSize:x} there is no room for it; give the guest more memory");
        }

        module.File.CopyTo(memory, 0, address, module.File.Length, "the module");
        modules.Add((address, address + module.File.Length, module.CommandLine));
        return address + module.File.Length;
    }

    /// <summary>Writes all of it.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="address">Guest-physical: where EBX is to point to.</param>
    /// <exception cref="BootImageException">The texts and modules are too many.</exception>
    public void Write(GuestMemory memory, ulong address)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Write(address, Encode(address));
    }

    /// <summary>What <see cref="Write"/> writes.</summary>
    /// <param name="address">Guest-physical: all pointers begin from there.</param>
    /// <exception cref="BootImageException">The texts and modules are too many.</exception>
    internal ReadOnlySpan<byte> Encode(ulong address)
    {
        byte[] bytes = new byte[Room];
        int next = InformationSize;
        Put(bytes, 0, Flags);
        Put(bytes, LowerMemoryAt, LowerKiB);
        Put(bytes, UpperMemoryAt, (uint)((layout.LowSize - PcMemoryLayout.HighMemoryStart) >> 10));
        Put(bytes, BootDeviceAt, BootDevice);
        Put(bytes, ModuleCountAt, (uint)modules.Count);
        int table = Take(modules.Count * ModuleSize);
        Put(bytes, ModulesAt, At(table));
        WriteMap();
        Put(bytes, CommandLineAt, At(Text(commandLine)));
        Put(bytes, LoaderNameAt, At(Text("KvmInterop")));
        foreach ((ulong start, ulong end, string text) in modules)
        {
            Put(bytes, table, (uint)start);
            Put(bytes, table + 4, (uint)end);
            Put(bytes, table + 8, At(Text(text)));
            table += ModuleSize;
        }

        return bytes.AsSpan(0, next);

        uint At(int offset) => (uint)address + (uint)offset;

        int Take(int size)
        {
            int place = next;
            if (size > Room - place)
            {
                throw new BootImageException(
                    $"the command lines and modules take more than the {Room:#,0} bytes that there are for them");
            }

            next = (place + size + 3) & ~3;
            return place;
        }

        int Text(string text)
        {
            byte[] encoded = Encoding.UTF8.GetBytes(text);
            int place = Take(encoded.Length + 1);
            encoded.CopyTo(bytes, place);
            return place;
        }

        void WriteMap()
        {
            int map = Take(layout.E820.Length * MapEntrySize);
            Put(bytes, MapLengthAt, (uint)(layout.E820.Length * MapEntrySize));
            Put(bytes, MapAt, At(map));
            foreach (E820Entry entry in layout.E820)
            {
                Put(bytes, map, E820Entry.EncodedSize); // An entry's size counts without itself.
                entry.Write(bytes.AsSpan(map + 4));
                map += MapEntrySize;
            }
        }
    }

    /// <summary>The first whole page from 1 MiB on that lies behind an end.</summary>
    internal static ulong PageFrom(ulong end) =>
        (Math.Max(end, PcMemoryLayout.HighMemoryStart) + PageMask) & ~PageMask;

    private static void Put(byte[] bytes, int at, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
}
