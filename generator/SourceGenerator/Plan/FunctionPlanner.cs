using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Plans the methods for function-like macros.</summary>
internal sealed class FunctionPlanner
{
    private readonly ApiSet set;
    private readonly Func<string, bool> isTaken;
    private readonly SortedDictionary<string, Placed<ApiFunction>> functions = new(StringComparer.Ordinal);
    private readonly RegisterPlanner registers;

    /// <param name="isTaken">Whether the classes of constants have a member by that name.</param>
    public FunctionPlanner(ApiSet set, Func<string, bool> isTaken)
    {
        this.set = set;
        this.isTaken = isTaken;
        foreach (ApiDocument document in set.Documents)
        {
            ArchitectureSet architecture = Architectures.FromModel(document.Architecture);
            foreach (ApiFunction function in document.Functions)
            {
                Placement.Add(functions, function.Name, architecture, function, Shape.Same);
            }
        }

        foreach (Placed<ApiFunction> placed in functions.Values)
        {
            placed.IsShared = placed.IsShared && placed.First.Parameters.All(
                parameter => !parameter.IsMember || FindRecord(parameter)?.IsShared == true);
        }

        registers = new RegisterPlanner(set, functions);
    }

    public IEnumerable<Part> Plan()
    {
        foreach (ArchitectureSet one in (ArchitectureSet[])[ArchitectureSet.None, .. set.All.Each()])
        {
            FunctionPlan[] plans = [.. Functions(one), .. registers.Plan(one, isTaken)];
            if (plans.Length > 0)
            {
                bool shared = one == ArchitectureSet.None;
                yield return new FunctionsPart(
                    shared ? set.Namespace : set.NamespaceOf(one), shared ? "KvmApi" : "KvmApi" + one,
                    new EquatableArray<FunctionPlan>(plans.OrderBy(plan => plan.Name, StringComparer.Ordinal)));
            }
        }

        foreach (Part part in Members())
        {
            yield return part;
        }
    }

    /// <param name="one">The architecture whose own functions these are, or none if they are shared.</param>
    private IEnumerable<FunctionPlan> Functions(ArchitectureSet one)
    {
        foreach (Placed<ApiFunction> placed in functions.Values)
        {
            if (placed.IsShared && one == ArchitectureSet.None)
            {
                yield return Function(placed.First, set.Unless(placed.Architectures));
            }

            foreach (KeyValuePair<ArchitectureSet, ApiFunction> variant in placed.Variants)
            {
                if (!placed.IsShared && variant.Key == one)
                {
                    yield return Function(variant.Value, ArchitectureSet.None);
                }
            }
        }
    }

    private FunctionPlan Function(ApiFunction function, ArchitectureSet some)
    {
        string name = isTaken(function.Name) ? function.Name + "_" : function.Name;
        string call = $"{function.Name}({string.Join(", ", function.Parameters.Select(each => each.Name))})";
        string doc = $"{XmlDoc.Code(call)} of {XmlDoc.Code(function.Header)}: "
            + $"{XmlDoc.Code(FunctionText.Value(function))}.";
        string remarks = FunctionExpression.IsPartial(function.Value)
            ? "C does not define a shift by the width of its type or more, nor a division by 0. Here a "
                + "shift's count is taken modulo the width, and what is divided by 0 gives 0."
            : "";
        return new FunctionPlan(
            Identifier.Of(name), CSharpType.Scalar(function.Type),
            new EquatableArray<string>(function.Parameters.Select(Parameter)),
            FunctionExpression.Of(function.Value), doc, remarks, some);
    }

    private static string Parameter(ApiParameter parameter)
    {
        string type = parameter.IsMember
            ? $"KvmMember<{Identifier.OfType(Tag(parameter))}>"
            : "ulong";
        return $"{type} {Identifier.Of(parameter.Name)}";
    }

    private static string Tag(ApiParameter parameter) =>
        parameter.Record.Substring(parameter.Record.IndexOf(' ') + 1);

    private Placed<FlatRecord>? FindRecord(ApiParameter parameter) =>
        set.Placement.FindRecord(Tag(parameter));

    /// <summary>The members of every record that some function asks for a member of.</summary>
    private IEnumerable<Part> Members()
    {
        SortedDictionary<string, ArchitectureSet> records = new(StringComparer.Ordinal);
        foreach (Placed<ApiFunction> placed in functions.Values)
        {
            foreach (KeyValuePair<ArchitectureSet, ApiFunction> variant in placed.Variants)
            {
                foreach (ApiParameter parameter in variant.Value.Parameters.Where(each => each.IsMember))
                {
                    records.TryGetValue(Tag(parameter), out ArchitectureSet before);
                    records[Tag(parameter)] = before | variant.Key;
                }
            }
        }

        MembersPlanner planner = new(set);
        return records.SelectMany(pair => planner.Plan(set.Placement.FindRecord(pair.Key)!, pair.Value));
    }
}
