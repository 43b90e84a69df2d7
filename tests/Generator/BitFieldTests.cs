using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>Bit-fields at work, and the sizes that the runtime gives generated records.</summary>
public sealed class BitFieldTests
{
    private static readonly ApiRecord Bitty = Struct(
        "kvm_bits", 8, 8, Bits("u8 low", 0, 3, 1), Bits("u16 across", 5, 7, 2), Bits("s32 signed", 16, 4, 4),
        Bits("u64 wide", 20, 44, 8));

    [Theory]
    [InlineData("x64", "low", 5, "05-00-00-00-00-00-00-00")]
    [InlineData("x64", "across", 0x55, "A0-0A-00-00-00-00-00-00")]
    [InlineData("x64", "signed", -1, "00-00-0F-00-00-00-00-00")]
    [InlineData("s390x", "low", 5, "A0-00-00-00-00-00-00-00")]
    [InlineData("s390x", "across", 0x55, "05-50-00-00-00-00-00-00")]
    [InlineData("s390x", "signed", -1, "00-00-F0-00-00-00-00-00")]
    public void BitField_written_isWhereCHasIt(string architecture, string field, int value, string expected)
    {
        (string bytes, long read, string others) = Probe(architecture, field, value);
        Assert.Equal((expected, value), (bytes, read));
        Assert.Equal(Complement(expected), others);
    }

    [Fact]
    public void BitField_wide_keepsAllItsBits()
    {
        (_, long read, _) = Probe("x64", "wide", -1);
        Assert.Equal((1L << 44) - 1, read);
    }

    [Fact]
    public void Sizes_ofOddRecords_areThoseOfC()
    {
        GeneratorHost host = new(InputText.Of(Model().With(
            Struct("kvm_packed", 13, 1, Field("u8 a", 0, 1), Field("u32 b", 1, 4), Field("u64 c", 5, 8)),
            Struct("kvm_in_packed", 14, 1, Field("struct kvm_packed p", 0, 13), Field("u8 q", 13, 1)),
            Struct("kvm_array", 39, 1, Field("struct kvm_packed p[3]", 0, 39)),
            Struct("kvm_short", 6, 2, Field("u32 a", 0, 4), Field("u16 b", 4, 2)),
            Struct("kvm_wide", 32, 16, Field("u128 a", 0, 16), Field("u8 b", 16, 1)),
            Struct("kvm_loose", 24, 8, Field("u128 a", 8, 16)))));
        Assembly assembly = host.Load();
        foreach ((string name, int size) in new[]
            {
                ("kvm_packed", 13), ("kvm_in_packed", 14), ("kvm_array", 39), ("kvm_short", 6),
                ("kvm_wide", 32),
                ("kvm_loose", 24),
            })
        {
            Type type = assembly.GetType("KvmInterop.Native." + name, throwOnError: true)!;
            object actual = typeof(Unsafe)
                .GetMethod("SizeOf")!.MakeGenericMethod(type).Invoke(null, null)!;
            Assert.Equal((name, size), (name, (int)actual));
        }
    }

    /// <summary>
    /// Writes a field into zeros, and its complement into ones, where it may not touch its neighbours.
    /// </summary>
    private static (string Bytes, long Read, string Others) Probe(
        string architecture, string field, long value)
    {
        const string code =
            """
            using System;
            using System.Runtime.InteropServices;
            using KvmInterop.Native;
            internal static class Probe
            {
                internal static byte[] Bytes(kvm_bits record) =>
                    MemoryMarshal.AsBytes(new ReadOnlySpan<kvm_bits>(in record)).ToArray();
                internal static kvm_bits Record(byte fill)
                {
                    Span<byte> bytes = stackalloc byte[8];
                    bytes.Fill(fill);
                    return MemoryMarshal.Read<kvm_bits>(bytes);
                }
            }
            """;
        Assembly assembly = new GeneratorHost(InputText.Of(Model(architecture).With(Bitty))).Load(code);
        Type probe = assembly.GetType("Probe", throwOnError: true)!;
        Type bits = assembly.GetType("KvmInterop.Native.kvm_bits", throwOnError: true)!;
        PropertyInfo property = bits.GetProperty(field)!;
        object zeros = Call(probe, "Record", (byte)0);
        object ones = Call(probe, "Record", (byte)255);
        property.SetValue(zeros, Cast(value, property.PropertyType));
        property.SetValue(ones, Cast(~value, property.PropertyType));
        long read = Convert.ToInt64(property.GetValue(zeros), CultureInfo.InvariantCulture);
        return (Bytes(probe, zeros), read, Bytes(probe, ones));
    }

    private static string Bytes(Type probe, object record) =>
        BitConverter.ToString((byte[])Call(probe, "Bytes", record));

    private static object Call(Type probe, string method, object argument) =>
        probe.GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, [argument])!;

    private static object Cast(long value, Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => (object)unchecked((byte)value),
        TypeCode.UInt16 => unchecked((ushort)value),
        TypeCode.Int32 => unchecked((int)value),
        _ => unchecked((ulong)value),
    };

    private static string Complement(string bytes)
    {
        byte[] all = Convert.FromHexString(bytes.Replace("-", "", StringComparison.Ordinal));
        return BitConverter.ToString([.. all.Select(one => (byte)~one)]);
    }
}
