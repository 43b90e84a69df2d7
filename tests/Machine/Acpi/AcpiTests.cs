using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using KvmInterop.Machine.Acpi;
using KvmInterop.Machine.Pci;

namespace KvmInterop.Tests.Machine.Acpi;

/// <summary>Tables of ACPI, byte by byte, and as ACPICA's own disassembler reads them.</summary>
public sealed class AcpiTests : IDisposable
{
    private static readonly AcpiOptions Everything = new()
    {
        Cpus = 3,
        PowerButtonGsi = 9,
        Pm1ControlPort = 0x604,
        VirtioDevices = [new(0xd0000000, 0x1000, 5), new(0xd0001000, 0x1000, 6)],
        Pci = new AcpiPciBus(new PciWindow(0x1000, 0xffff), new PciWindow(0xc0000000, 0xcfffffff), 16),
    };

    private readonly GuestMemory memory = new();
    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public AcpiTests() => memory.Add(0, 0x100000);

    public void Dispose()
    {
        memory.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Tables_fromTheRoot_areAllFoundAndAddUpToZero()
    {
        Dictionary<string, byte[]> tables = WriteAndFind(Everything);

        Assert.Equal(["APIC", "DSDT", "FACP", "RSDT", "XSDT"], tables.Keys.Order(StringComparer.Ordinal));
        Assert.All(tables.Values, table => Assert.Equal(0, table.Sum(b => b) & 0xff));
        byte[] root = Read(0xe0000, 36);
        Assert.Equal("RSD PTR "u8, root.AsSpan(0, 8));
        Assert.Equal((0, 0), (root[..20].Sum(b => b) & 0xff, root.Sum(b => b) & 0xff));
    }

    [Fact]
    public void Madt_hasEachCpu()
    {
        byte[] table = WriteAndFind(new AcpiOptions { Cpus = 64 })["APIC"];

        Assert.Equal(0xfee00000, BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(36)));
        for (int cpu = 0; cpu < 64; cpu++)
        {
            Assert.Equal(
                [0, 8, (byte)cpu, (byte)cpu, 1, 0, 0, 0], table.AsSpan(44 + (cpu * 8), 8).ToArray());
        }

        Assert.Equal(44 + (64 * 8) + 12 + 10 + 6, table.Length);
    }

    [Fact]
    public void Fadt_saysWhatThereIsNot()
    {
        byte[] table = WriteAndFind(new AcpiOptions())["FACP"];

        Assert.Equal(276, table.Length);
        Assert.Equal(1u << 20 | 1u << 10 | 1u << 5 | 1u << 4,
            BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(112)));
        Assert.Equal([1, 8, 0, 1, 0xf9, 0x0c], table.AsSpan(116, 6).ToArray());
        Assert.Equal(6, table[128]);
        Assert.Equal([1, 8, 0, 1, 0, 6], table.AsSpan(244, 6).ToArray());
    }

    [Fact]
    public void Dsdt_serialPort_isTheCodeThatLinuxWasBootedWith()
    {
        byte[] known = Convert.FromHexString(
            "5B8231434F4D31085F4849440C41D00501085F55494400085F4352531116"
            + "0A1389060003010400000047" + "01F803F803010879" + "00");

        // Package length of the buffer and the two descriptors are as in the known code.
        byte[] table = WriteAndFind(new AcpiOptions())["DSDT"];

        Assert.Contains(Convert.ToHexString(known), Convert.ToHexString(table), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Dsdt_disassembled_hasItsDevicesAndCompilesToTheSame()
    {
        Requires.Tool("iasl");
        byte[] table = WriteAndFind(Everything)["DSDT"];
        File.WriteAllBytes(Path.Combine(folder, "dsdt.aml"), table);

        Iasl("-d", "dsdt.aml");
        string source = File.ReadAllText(Path.Combine(folder, "dsdt.dsl"));
        string compiled = Iasl("-oa", "-p", "again", "dsdt.dsl");

        string text = string.Join(' ', source.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Device (COM1) { Name (_HID, EisaId (\"PNP0501\")", text, StringComparison.Ordinal);
        Assert.Contains("Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive, ,, )", text,
            StringComparison.Ordinal);
        Assert.Contains("Notify (\\_SB.PWRB, 0x80)", text, StringComparison.Ordinal);
        Assert.Contains("Device (VR01) { Name (_HID, \"LNRO0005\")", text, StringComparison.Ordinal);
        Assert.Contains("Memory32Fixed (ReadWrite, 0xD0001000,", text, StringComparison.Ordinal);
        Assert.Contains("EisaId (\"PNP0A03\")", text, StringComparison.Ordinal);
        foreach ((string kind, string first, string last) in ((string, string, string)[])
            [("WordBusNumber", "0x0000", "0x0000"), ("WordIO", "0x1000", "0xFFFF"),
            ("DWordMemory", "0xC0000000", "0xCFFFFFFF")])
        {
            Assert.Matches($@"{kind} \(ResourceProducer, [^)]*\b{first}, // Range Minimum {last}, //", text);
        }

        Assert.Contains("IO (Decode16, 0x0CF8, // Range Minimum", text, StringComparison.Ordinal);
        Assert.Contains(" 0 Errors,", compiled, StringComparison.Ordinal);
        byte[] again = File.ReadAllBytes(Path.Combine(folder, "again.aml"));
        Assert.Equal(
            Convert.ToHexString(table.AsSpan(AcpiTable.HeaderSize)),
            Convert.ToHexString(again.AsSpan(AcpiTable.HeaderSize)));
    }

    [SkippableTheory]
    [InlineData("APIC")]
    [InlineData("FACP")]
    [InlineData("XSDT")]
    public void Table_disassembled_hasNoComplaint(string name)
    {
        Requires.Tool("iasl");
        File.WriteAllBytes(Path.Combine(folder, "table.aml"), WriteAndFind(Everything)[name]);

        string said = Iasl("-d", "table.aml");

        Assert.DoesNotContain("Invalid", said, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Warning", said, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Incorrect", File.ReadAllText(Path.Combine(folder, "table.dsl")),
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Write_tooManyDevices_isRefused()
    {
        AcpiOptions options = new()
        {
            VirtioDevices = [.. Enumerable.Range(0, 255).Select(i => new AcpiVirtioDevice((uint)i, 1, 5))],
        };

        Assert.Throws<ArgumentException>(() => AcpiTables.Write(memory, 0xe0000, 0xe1000, options));
    }

    [Theory]
    [InlineData("\\_S5", "5C5F53355F")]
    [InlineData("A", "415F5F5F")]
    [InlineData("\\_SB.PWRB", "5C2E5F53425F50575242")]
    [InlineData("A.B.C", "2F03415F5F5F425F5F5F435F5F5F")]
    public void Path_isPaddedAndPrefixed(string path, string bytes) =>
        Assert.Equal(bytes, Convert.ToHexString(Aml.Path(path)));

    [Theory]
    [InlineData("")]
    [InlineData("TOOLONG")]
    [InlineData("1ABC")]
    [InlineData("low")]
    [InlineData("A..B")]
    public void Path_thatIsNone_isRefused(string path) =>
        Assert.ThrowsAny<ArgumentException>(() => Aml.Path(path));

    [Theory]
    [InlineData(0x3f, 1)]
    [InlineData(0x41, 2)]
    [InlineData(0xfff, 2)]
    [InlineData(0x1001, 3)]
    [InlineData(0xfffff, 3)]
    [InlineData(0x100001, 4)]
    public void Length_ofATerm_countsItself(int length, int bytes)
    {
        // Operation, length, four letters, and the rest: all but the operation is counted.
        byte[] content = new byte[length - bytes - 4];

        byte[] term = Aml.Scope("ABCD", content);

        Assert.Equal(1 + length, term.Length);
        Assert.Equal(bytes - 1, term[1] >> 6);
        int counted = bytes == 1 ? term[1] : term[1] & 0xf;
        for (int i = 1; i < bytes; i++)
        {
            counted |= term[1 + i] << (4 + ((i - 1) * 8));
        }

        Assert.Equal(length, counted);
    }

    private Dictionary<string, byte[]> WriteAndFind(AcpiOptions options)
    {
        ulong root = AcpiTables.Write(memory, 0xe0000, 0x100000, options);
        Dictionary<string, byte[]> tables = [];
        byte[] rsdt = Add(memory.Read<uint>(root + 16));
        byte[] xsdt = Add(memory.Read<ulong>(root + 24));
        for (int at = 36; at < xsdt.Length; at += 8)
        {
            byte[] table = Add(BinaryPrimitives.ReadUInt64LittleEndian(xsdt.AsSpan(at)));
            if (table.AsSpan(0, 4).SequenceEqual("FACP"u8))
            {
                Add(BinaryPrimitives.ReadUInt64LittleEndian(table.AsSpan(140)));
            }
        }

        Assert.Equal(
            Enumerable.Range(0, (xsdt.Length - 36) / 8).Select(i => BitConverter.ToUInt64(xsdt, 36 + (8 * i))),
            Enumerable.Range(0, (rsdt.Length - 36) / 4).Select(i => (ulong)BitConverter.ToUInt32(rsdt, 36 + (4 * i))));
        return tables;

        byte[] Add(ulong address)
        {
            byte[] table = Read(address, memory.Read<int>(address + 4));
            tables.Add(Encoding.ASCII.GetString(table, 0, 4), table);
            return table;
        }
    }

    private byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        memory.Read(address, bytes);
        return bytes;
    }

    private string Iasl(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("iasl", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + errors.Result);
        return output + errors.Result;
    }
}
