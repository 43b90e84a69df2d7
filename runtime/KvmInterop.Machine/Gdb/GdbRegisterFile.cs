using System.Collections.Immutable;
using System.Text;

namespace KvmInterop.Machine;

/// <summary>A register as GDB's target description has it.</summary>
/// <param name="Feature">The feature it belongs to, as <c>org.gnu.gdb.i386.core</c>.</param>
/// <param name="Name">As GDB knows it.</param>
/// <param name="Bits">Its size, a multiple of 8.</param>
/// <param name="Type">A type of GDB, or null for an integer of that size.</param>
public readonly record struct GdbRegister(string Feature, string Name, int Bits, string? Type = null);

/// <summary>The registers of an architecture, in the order in which their values go over the wire.</summary>
public sealed class GdbRegisterFile
{
    private readonly ImmutableArray<int> offsets;

    /// <summary>Registers in this order.</summary>
    /// <param name="architecture">As GDB knows it: <c>i386:x86-64</c>.</param>
    /// <param name="registers">Those of one feature together.</param>
    /// <param name="programCounter">The number of the program counter.</param>
    public GdbRegisterFile(string architecture, ImmutableArray<GdbRegister> registers, int programCounter)
    {
        Registers = registers;
        ProgramCounter = programCounter;
        int size = 0;
        ImmutableArray<int>.Builder places = ImmutableArray.CreateBuilder<int>(registers.Length);
        foreach (GdbRegister register in registers)
        {
            places.Add(size);
            size += register.Bits / 8;
        }

        offsets = places.MoveToImmutable();
        Size = size;
        Description = Describe(architecture, registers);
    }

    /// <summary>The registers by number.</summary>
    public ImmutableArray<GdbRegister> Registers { get; }

    /// <summary>The number of the program counter.</summary>
    public int ProgramCounter { get; }

    /// <summary>Bytes of all values together.</summary>
    public int Size { get; }

    /// <summary>The <c>target.xml</c> that GDB reads.</summary>
    public string Description { get; }

    /// <summary>The part of all values that is one register's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such register.</exception>
    public Range RangeOf(int register)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(register);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(register, Registers.Length);
        return offsets[register]..(offsets[register] + (Registers[register].Bits / 8));
    }

    private static string Describe(string architecture, ImmutableArray<GdbRegister> registers)
    {
        StringBuilder xml = new();
        xml.Append("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">")
            .Append("<target version=\"1.0\"><architecture>").Append(architecture).Append("</architecture>");
        string feature = "";
        for (int i = 0; i < registers.Length; i++)
        {
            GdbRegister register = registers[i];
            if (register.Feature != feature)
            {
                xml.Append(feature.Length == 0 ? "" : "</feature>")
                    .Append("<feature name=\"").Append(register.Feature).Append("\">");
                feature = register.Feature;
                AppendTypes(xml, registers, feature);
            }

            xml.Append("<reg name=\"").Append(register.Name).Append("\" bitsize=\"").Append(register.Bits)
                .Append("\" type=\"").Append(register.Type ?? $"int{register.Bits}")
                .Append("\" regnum=\"").Append(i).Append("\"/>");
        }

        return xml.Append("</feature></target>").ToString();
    }

    // The types of a feature's registers that GDB does not have built in.
    private static void AppendTypes(StringBuilder xml, ImmutableArray<GdbRegister> registers, string feature)
    {
        var types = registers.Where(one => one.Feature == feature).Select(one => one.Type).Distinct();
        foreach (string? type in types)
        {
            xml.Append(type switch
            {
                "vec128" => Vector,
                "i386_eflags" => Flags,
                _ => "",
            });
        }
    }

    private const string Vector =
        """
        <vector id="v4f" type="ieee_single" count="4"/><vector id="v2d" type="ieee_double" count="2"/>
        <vector id="v16i8" type="int8" count="16"/><vector id="v8i16" type="int16" count="8"/>
        <vector id="v4i32" type="int32" count="4"/><vector id="v2i64" type="int64" count="2"/>
        <union id="vec128"><field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/>
        <field name="v16_int8" type="v16i8"/><field name="v8_int16" type="v8i16"/>
        <field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/>
        <field name="uint128" type="uint128"/></union>
        """;

    // Intel SDM volume 1, 3.4.3.
    private const string Flags =
        """
        <flags id="i386_eflags" size="4">
        <field name="CF" start="0" end="0"/><field name="PF" start="2" end="2"/>
        <field name="AF" start="4" end="4"/><field name="ZF" start="6" end="6"/>
        <field name="SF" start="7" end="7"/><field name="TF" start="8" end="8"/>
        <field name="IF" start="9" end="9"/><field name="DF" start="10" end="10"/>
        <field name="OF" start="11" end="11"/><field name="NT" start="14" end="14"/>
        <field name="RF" start="16" end="16"/><field name="VM" start="17" end="17"/>
        <field name="AC" start="18" end="18"/><field name="VIF" start="19" end="19"/>
        <field name="VIP" start="20" end="20"/><field name="ID" start="21" end="21"/>
        </flags>
        """;
}
