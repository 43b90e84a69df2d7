using KvmInterop.ApiModel;

namespace KvmInterop.Generator.Plan;

/// <summary>Whether two architectures mean the same by a name. Where it is declared, and with which words, is
/// no difference: <c>__u64</c> is <c>unsigned long</c> on some and <c>unsigned long long</c> on
/// others.</summary>
internal static class Shape
{
    public static bool Same(FlatRecord left, FlatRecord right)
    {
        ApiRecord a = left.Record;
        ApiRecord b = right.Record;
        return ReferenceEquals(a, b)
            || (a.Size == b.Size && a.Align == b.Align && a.Kind == b.Kind && Same(a.Fields, b.Fields, Same));
    }

    public static bool Same(ApiEnum a, ApiEnum b) => a.Type == b.Type && a.Members == b.Members;

    public static bool Same(ApiConstant a, ApiConstant b) => a.Type == b.Type && a.Value == b.Value;

    public static bool Same(ApiFunction a, ApiFunction b) =>
        a.Type == b.Type && a.Parameters == b.Parameters && a.Value == b.Value;

    private static bool Same(ApiField a, ApiField b) =>
        a.Name == b.Name && a.BitOffset == b.BitOffset && a.BitWidth == b.BitWidth && a.Size == b.Size
        && a.Type.Name == b.Type.Name && a.Type.Dims == b.Type.Dims;

    private static bool Same<T>(EquatableArray<T> a, EquatableArray<T> b, Func<T, T, bool> same)
        where T : IEquatable<T>
    {
        if (a.Length != b.Length)
        {
            return false;
        }

        for (int i = 0; i < a.Length; i++)
        {
            if (!same(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }
}
