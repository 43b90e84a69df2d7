using System.Globalization;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Functions;

/// <summary>A call of a function-like macro, for C and for C#.</summary>
/// <param name="Arguments">Numbers (<see cref="ulong"/>) and paths of members (<see cref="string"/>).</param>
internal sealed record FunctionCall(ApiFunction Function, IReadOnlyList<object> Arguments)
{
    private const int Random = 48;

    // Zero, ones, every power of two with its neighbours, what headers have masks of, and the edges of int.
    private static readonly ulong[] Edges =
    [
        0, 3, 5, 0xff, 0xfff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x00f0_0000_0000_0000, ulong.MaxValue,
        .. from bit in Enumerable.Range(0, 64)
           from near in (ulong[])[1ul << bit, (1ul << bit) - 1, (1ul << bit) + 1]
           select near,
    ];

    public string C => $"{Function.Name}({string.Join(", ", Arguments.Select(Spell))})";

    /// <summary>
    /// Every edge in every parameter, and random numbers of every width; every member and array's element.
    /// </summary>
    public static IEnumerable<FunctionCall> Of(ApiFunction function, ApiDocument model)
    {
        // Seeded by the name, so that a failure comes again.
        var random = new Random(function.Name.Sum(c => c));
        if (function.Parameters.Any(parameter => parameter.IsMember))
        {
            Assert.Single(function.Parameters);
            return MemberPath.Of(model, function.Parameters[0].Record)
                .Select(path => new FunctionCall(function, [path.C]));
        }

        return
        [
            .. from edge in Edges
               from place in Enumerable.Range(0, function.Parameters.Length)
               select Call(i => i == place ? edge : Number(random)),
            .. Edges.Select(edge => Call(_ => edge)),
            .. Enumerable.Range(0, Random).Select(_ => Call(_ => Number(random))),
        ];

        FunctionCall Call(Func<int, ulong> argument) => new(
            function, [.. Enumerable.Range(0, function.Parameters.Length).Select(i => (object)argument(i))]);
    }

    /// <summary>Null where C defines no result.</summary>
    public ulong? OfTheModel()
    {
        var values = new Dictionary<string, ulong>(StringComparer.Ordinal);
        for (int i = 0; i < Arguments.Count; i++)
        {
            values.Add(Function.Parameters[i].Name, Arguments[i] is ulong number ? number : 0);
        }

        return new ExpressionValue(values).Of(Function.Value);
    }

    private static ulong Number(Random random) =>
        unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)) >> random.Next(64);

    private static string Spell(object argument) => argument is ulong number
        ? $"((__u64){number.ToString(CultureInfo.InvariantCulture)}ULL)"
        : (string)argument;
}

/// <summary>A member as C names it in <c>offsetof</c>.</summary>
/// <param name="IsScalar">Whether it is a number, and so can be a register.</param>
internal sealed record MemberPath(string C, bool IsScalar)
{
    /// <summary>The members of a record, of the records inside of it, and elements of its arrays.</summary>
    public static IEnumerable<MemberPath> Of(ApiDocument model, string record) =>
        Of(model, model.Records.Single(each => $"{each.Kind} {each.Name}" == record), "");

    private static IEnumerable<MemberPath> Of(ApiDocument model, ApiRecord record, string prefix)
    {
        foreach (ApiField field in record.Fields.Where(field => !field.IsBitField))
        {
            string path = prefix + field.Name;
            ApiRecord? inner = field.Type.Inline
                ?? model.Records.SingleOrDefault(each => $"{each.Kind} {each.Name}" == field.Type.Name);
            bool isArray = field.Type.Dims.Length > 0;
            if (field.Name.Length > 0)
            {
                yield return new MemberPath(path, inner is null && !isArray);
            }

            if (inner is not null && !isArray)
            {
                string start = field.Name.Length > 0 ? path + "." : prefix;
                foreach (MemberPath member in Of(model, inner, start))
                {
                    yield return member;
                }
            }
            else if (inner is null && field.Type.Dims is [> 0])
            {
                for (long i = 0; i < field.Type.Dims[0]; i++)
                {
                    yield return new MemberPath($"{path}[{i}]", true);
                }
            }
        }
    }
}
