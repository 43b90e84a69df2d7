using System.Buffers.Binary;
using System.Diagnostics;
using KvmInterop.Machine.Fdt;

namespace KvmInterop.Tests.Machine.Fdt;

/// <summary>Flattened device trees: bytes by the specification, and what dtc reads out of them.</summary>
public class DeviceTreeTests
{
    [Fact]
    public void ToBytes_ofAnEmptyTree_isTheSpecificationsLayout()
    {
        DeviceTree tree = new() { BootCpuId = 3 };
        tree.Reserve(0x1000, 0x2000);

        byte[] bytes = tree.ToBytes();

        uint Cell(int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
        Assert.Equal(0xd00dfeed, Cell(0));
        Assert.Equal((uint)bytes.Length, Cell(4));
        Assert.Equal(40u, Cell(16));
        Assert.Equal((17u, 16u, 3u), (Cell(20), Cell(24), Cell(28)));
        Assert.Equal([0x1000ul, 0x2000ul, 0ul, 0ul], Enumerable.Range(0, 4).Select(
            i => BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(40 + (8 * i)))));
        int structure = (int)Cell(8);
        int strings = (int)Cell(12);
        Assert.Equal(72, structure);
        Assert.Equal(
            [1u, 0, 3, 4, 0, 2, 3, 4, 15, 2, 2, 9],
            Enumerable.Range(0, (int)Cell(36) / 4).Select(i => Cell(structure + (4 * i))));
        Assert.Equal("#address-cells\0#size-cells\0"u8, bytes.AsSpan(strings, (int)Cell(32)));
        Assert.Equal(0, bytes.Length % 8);
    }

    [Fact]
    public void Set_twice_replacesTheValue()
    {
        DeviceTree once = new();
        DeviceTree twice = new();
        once.Root.SetStrings("model", "b");
        twice.Root.SetStrings("model", "a long one");
        twice.Root.SetStrings("model", "b");

        Assert.Equal(once.ToBytes(), twice.ToBytes());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a@")]
    [InlineData("@1")]
    [InlineData("a@1@2")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("there")]
    public void AddNode_ofANameThatIsNone_isRefused(string name)
    {
        DeviceTree tree = new();
        tree.Root.AddNode("there");

        Assert.Throws<ArgumentException>(() => tree.Root.AddNode(name));
    }

    [Fact]
    public void Set_whatCannotBe_isRefused()
    {
        DeviceTree tree = new();

        Assert.Throws<ArgumentException>(() => tree.Root.Set("a b"));
        Assert.Throws<ArgumentException>(() => tree.Root.Set(""));
        Assert.Throws<ArgumentException>(() => tree.Root.SetStrings("model", "a\0b"));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Reserve(1, 0));
    }

    [SkippableFact]
    public void ToBytes_ofATree_isWhatDtcReads()
    {
        DeviceTree tree = new();
        tree.Root.SetStrings("compatible", "vendor,board", "board");
        tree.Reserve(0x4000_0000, 0x1000);
        FdtNode clock = tree.Root.AddNode("clock");
        clock.SetCells("clock-frequency", 24_000_000);
        FdtNode uart = tree.Root.AddDevice("serial", 0x900_0000, 0x1000);
        uart.SetCells("clocks", clock.Phandle, clock.Phandle);
        uart.Set("dma-coherent");
        uart.SetBytes("key", [1, 2, 3]);
        uart.AddNode("child").SetStrings("label", "x");

        const string Expected = """
            /dts-v1/;

            /memreserve/	0x0000000040000000 0x0000000000001000;
            / {
            	#address-cells = <0x02>;
            	#size-cells = <0x02>;
            	compatible = "vendor,board", "board";

            	clock {
            		clock-frequency = <0x16e3600>;
            		phandle = <0x01>;
            	};

            	serial@9000000 {
            		reg = <0x00 0x9000000 0x00 0x1000>;
            		clocks = <0x01 0x01>;
            		dma-coherent;
            		key = [01 02 03];

            		child {
            			label = "x";
            		};
            	};
            };

            """;
        (string source, _) = Dtc.Read(tree.ToBytes());

        // Older versions write lists of strings as one string with zeros.
        source = source.Replace("\\0", "\", \"", StringComparison.Ordinal);
        Assert.Equal(Expected.ReplaceLineEndings("\n"), source);
    }
}

/// <summary>The device tree compiler, which also takes trees apart.</summary>
internal static class Dtc
{
    /// <returns>The tree's source, and what dtc has to say of it.</returns>
    internal static (string Source, string Complaints) Read(byte[] tree)
    {
        Skip.If(Requires.FindTool("dtc") is null, "needs dtc: apt install device-tree-compiler");
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, tree);
            using Process process = Process.Start(new ProcessStartInfo("dtc", ["-I", "dtb", "-O", "dts", file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> complaints = process.StandardError.ReadToEndAsync();
            string source = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, complaints.Result);
            return (source, complaints.Result);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
