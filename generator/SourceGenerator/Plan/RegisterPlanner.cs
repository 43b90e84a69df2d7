using System.Globalization;
using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>
/// Plans the methods that make the whole id of a register which is a member of a record: constants, the
/// member's size, and the index that a macro of the header makes of the member's place.
/// </summary>
internal sealed class RegisterPlanner
{
    /// <summary>The constant that tells where the size is in an id.</summary>
    public const string SizeShift = "KVM_REG_SIZE_SHIFT";

    private readonly ApiSet set;
    private readonly SortedDictionary<string, Placed<Register>> registers = new(StringComparer.Ordinal);

    public RegisterPlanner(ApiSet set, IDictionary<string, Placed<ApiFunction>> functions)
    {
        this.set = set;
        foreach (ApiDocument document in set.Documents)
        {
            Dictionary<string, ulong> values = Values(document);
            foreach (RegisterKnowledge row in set.Registers)
            {
                ApiFunction? index = document.Functions.FirstOrDefault(each => each.Name == row.Index);

                // An older kernel lacks some; then there is no such register.
                if (index is { Type: "u64", Parameters: { Length: 1 } parameters } && parameters[0].IsMember
                    && values.TryGetValue(SizeShift, out ulong shift) && shift < 64
                    && row.Constants.All(values.ContainsKey))
                {
                    ulong bits = row.Constants.Aggregate(0ul, (all, name) => all | values[name]);
                    Placement.Add(
                        registers, row.Name, Architectures.FromModel(document.Architecture),
                        new Register(row, parameters[0], bits, (int)shift), (a, b) => a == b);
                }
            }
        }

        foreach (Placed<Register> placed in registers.Values)
        {
            placed.IsShared = placed.IsShared && functions[placed.First.Row.Index].IsShared;
        }
    }

    /// <param name="one">The architecture whose own registers these are, or none if they are shared.</param>
    /// <param name="isTaken">Whether a macro has the name, which then means the same.</param>
    public IEnumerable<FunctionPlan> Plan(ArchitectureSet one, Func<string, bool> isTaken)
    {
        foreach (Placed<Register> placed in registers.Values.Where(each => !isTaken(each.Name)))
        {
            if (placed.IsShared && one == ArchitectureSet.None)
            {
                yield return Plan(placed.First, set.Unless(placed.Architectures));
            }

            foreach (KeyValuePair<ArchitectureSet, Register> variant in placed.Variants)
            {
                if (!placed.IsShared && variant.Key == one)
                {
                    yield return Plan(variant.Value, ArchitectureSet.None);
                }
            }
        }
    }

    private static FunctionPlan Plan(Register register, ArchitectureSet some)
    {
        string tag = register.Member.Record.Substring(register.Member.Record.IndexOf(' ') + 1);
        string name = Identifier.Of(register.Member.Name);
        string index = $"{Identifier.Of(register.Row.Index)}({name})";
        string bits = Literal.Of("ulong", register.Bits.ToString(CultureInfo.InvariantCulture));
        string parts = string.Join(" | ", register.Row.Constants);
        return new FunctionPlan(
            Identifier.Of(register.Row.Name), "ulong",
            new EquatableArray<string>(new[] { $"KvmScalarMember<{Identifier.OfType(tag)}> {name}" }),
            $"{bits} | ((ulong)BitOperations.Log2({name}.Size) << {register.Shift}) | {index}",
            $"The whole id of a register for KVM_GET_ONE_REG and KVM_SET_ONE_REG: {XmlDoc.Code(parts)}, the "
                + $"member's size, and {XmlDoc.Code($"{register.Row.Index}({register.Member.Name})")}.",
            "", some);
    }

    /// <summary>The unsigned bits of all constants, enumerators included.</summary>
    private static Dictionary<string, ulong> Values(ApiDocument document)
    {
        Dictionary<string, ulong> values = new(StringComparer.Ordinal);
        foreach (ApiConstant constant in document.Constants.Where(each => each.Type != "string"))
        {
            Add(constant.Name, constant.Value);
        }

        foreach (ApiEnumMember member in document.Enums.SelectMany(each => each.Members))
        {
            Add(member.Name, member.Value);
        }

        return values;

        void Add(string name, string digits)
        {
            if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            {
                values[name] = value;
            }
        }
    }

    /// <param name="Bits">All constants together.</param>
    /// <param name="Shift">Where the logarithm of the size is in an id.</param>
    private sealed record Register(RegisterKnowledge Row, ApiParameter Member, ulong Bits, int Shift);
}
