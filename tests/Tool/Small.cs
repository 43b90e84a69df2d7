using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Tool;

/// <summary>Makes small models, a word for each thing of C's.</summary>
internal static class Small
{
    private const string Header = "linux/kvm.h";

    public static ApiDocument Model(params object[] things) => new(
        "x64", "1.2.3",
        Array(things.OfType<ApiRecord>()), Array(things.OfType<ApiEnum>()),
        Array(things.OfType<ApiConstant>()), Array(things.OfType<ApiIoctl>()),
        Array(things.OfType<ApiFunction>()), Array(things.OfType<ApiSkipped>()));

    public static ApiRecord Struct(string name, long size, params ApiField[] fields) =>
        new(name, "struct", size, 4, Header, Array(fields));

    public static ApiRecord Union(string name, long size, params ApiField[] fields) =>
        Struct(name, size, fields) with { Kind = "union" };

    /// <summary>A member of a scalar or of an array of one, such as <c>u8[4]</c>.</summary>
    public static ApiField Field(string name, string type, long offset, long size) =>
        new(name, $"{type} {name}", TypeText.Parse(type, null)!, offset * 8, -1, size);

    public static ApiField Bits(string name, long bit, int width) =>
        new(name, $"u8 {name} : {width}", TypeText.Parse("u8", null)!, bit, width, 1);

    /// <summary>A member that is a record of its own; without a name its members are the parent's.</summary>
    public static ApiField Inner(string name, long offset, ApiRecord record) => new(
        name, $"{record.Kind} {{ ... }} {name}".TrimEnd(),
        TypeText.Parse(TypeText.Inline, record with { Name = "", Header = "" })!,
        offset * 8, -1, record.Size);

    public static ApiConstant Constant(string name, string value, string type = "s32") =>
        new(name, type, value, Header);

    public static ApiEnum Enum(string name, params (string Name, string Value)[] members) => new(
        name, "u32", Header, Array(members.Select(member => new ApiEnumMember(member.Name, member.Value))));

    public static ApiIoctl Ioctl(string name, uint value, string? argument = null) => new(
        name, value, argument is null ? "none" : "write", (byte)value, (int)(value >> 16) & 0x3fff,
        argument is null ? null : TypeText.Parse(argument, null),
        argument is null ? $"_IO(KVMIO, {(byte)value})" : $"_IOW(KVMIO, {(byte)value}, {argument})", Header);

    public static ApiFunction Function(string name, string parameter, string type, string value)
    {
        EquatableArray<ApiParameter> parameters = Array([new ApiParameter(parameter, "")]);
        return new ApiFunction(
            name, parameters, type, ExpressionReader.Read(value, type, parameters), Header);
    }

    public static ApiSkipped Skipped(string name, string reason) => new(name, reason, Header);

    private static EquatableArray<T> Array<T>(IEnumerable<T> items)
        where T : IEquatable<T> => new(items);
}
