using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>
/// What the runtime makes of a struct, measured with addresses: not what its attributes say, and not what it
/// would be marshalled to.
/// </summary>
internal static class ClrType
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private static readonly MethodInfo SetAllMethod =
        typeof(ClrType).GetMethod(nameof(SetAll), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static int SizeOf(Type type)
    {
        DynamicMethod method = Function("size");
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Sizeof, type);
        il.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, null)!;
    }

    public static int OffsetOf(FieldInfo field)
    {
        DynamicMethod method = Function("offset");
        ILGenerator il = method.GetILGenerator();
        LocalBuilder record = il.DeclareLocal(field.DeclaringType!);
        il.Emit(OpCodes.Ldloca, record);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Ldloca, record);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Conv_I4);
        il.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, null)!;
    }

    /// <summary>Element and length of an inline array; null for any other type.</summary>
    public static (Type Element, int Length)? InlineArrayOf(Type type) =>
        type.GetCustomAttribute<InlineArrayAttribute>() is { } array
            ? (type.GetFields(Fields)[0].FieldType, array.Length)
            : null;

    /// <summary>The bits of a record that are set by setting a property to all ones.</summary>
    /// <param name="mostFirst">Whether bit 0 is a byte's most significant one.</param>
    public static int[] BitsOf(PropertyInfo property, bool mostFirst)
    {
        var bytes = (byte[])SetAllMethod.MakeGenericMethod(property.DeclaringType!).Invoke(null, [property])!;
        bool IsSet(int bit) => (bytes[bit / 8] & (mostFirst ? 0x80 >> (bit % 8) : 1 << (bit % 8))) != 0;
        return [.. Enumerable.Range(0, bytes.Length * 8).Where(IsSet)];
    }

    private static DynamicMethod Function(string name) =>
        new(name, typeof(int), [], typeof(ClrType).Module, skipVisibility: true);

    private static byte[] SetAll<T>(PropertyInfo property)
        where T : unmanaged
    {
        object boxed = default(T);
        property.SetValue(boxed, AllOnes(property.PropertyType));
        T value = (T)boxed;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
    }

    private static object AllOnes(Type type) => type switch
    {
        _ when type == typeof(byte) => byte.MaxValue,
        _ when type == typeof(ushort) => ushort.MaxValue,
        _ when type == typeof(uint) => uint.MaxValue,
        _ when type == typeof(ulong) => ulong.MaxValue,
        _ when type == typeof(sbyte) => (sbyte)-1,
        _ when type == typeof(short) => (short)-1,
        _ when type == typeof(int) => -1,
        _ when type == typeof(long) => -1L,
        _ => throw new NotSupportedException($"a bit-field of type {type}"),
    };
}
