using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Plans the classes of constants: macros, members of enums, and requests.</summary>
internal sealed class ConstantPlanner
{
    private readonly ApiSet set;
    private readonly SortedDictionary<string, Placed<ApiConstant>> constants = new(StringComparer.Ordinal);

    public ConstantPlanner(ApiSet set)
    {
        this.set = set;
        foreach (ApiDocument document in set.Documents)
        {
            ArchitectureSet architecture = Architectures.FromModel(document.Architecture);
            HashSet<string> own = new(
                document.Constants.Select(constant => constant.Name), StringComparer.Ordinal);
            foreach (ApiConstant constant in document.Constants)
            {
                Add(architecture, constant);
            }

            foreach (ApiEnum item in document.Enums)
            {
                foreach (ApiEnumMember member in item.Members)
                {
                    // KVM_DEV_TYPE_X is a macro too, defined as itself.
                    if (own.Add(member.Name))
                    {
                        Add(architecture, new ApiConstant(member.Name, item.Type, member.Value, item.Header));
                    }
                }
            }
        }
    }

    /// <summary>The constants that have one value wherever they exist, by name.</summary>
    public IEnumerable<Placed<ApiConstant>> Shared => constants.Values.Where(placed => placed.IsShared);

    public bool Has(string name) => constants.ContainsKey(name);

    public IEnumerable<Part> Plan()
    {
        const string summary =
            "The constants of <c>linux/kvm.h</c> that are the same on every architecture that has them.";
        yield return new ConstantsPart(
            set.Namespace, "KvmApi.Constants", "KvmApi", summary, Constants(Shared, ArchitectureSet.None));
        foreach (ArchitectureSet one in set.All.Each())
        {
            string type = "KvmApi" + one;
            string own = $"The constants of <c>linux/kvm.h</c> that only {one} has with this value.";
            yield return new ConstantsPart(
                set.NamespaceOf(one), type + ".Constants", type, own,
                Constants(constants.Values.Where(placed => !placed.IsShared), one));
        }
    }

    private void Add(ArchitectureSet architecture, ApiConstant constant)
    {
        if (!constants.TryGetValue(constant.Name, out Placed<ApiConstant> placed))
        {
            constants[constant.Name] = placed = new Placed<ApiConstant>(constant.Name);
        }

        placed.Add(architecture, constant, Shape.Same);
    }

    /// <param name="one">The architecture whose own constants these are, or none if they are shared.</param>
    private EquatableArray<ConstantPlan> Constants(IEnumerable<Placed<ApiConstant>> all, ArchitectureSet one)
    {
        List<ConstantPlan> plans = [];
        foreach (Placed<ApiConstant> placed in all)
        {
            foreach (KeyValuePair<ArchitectureSet, ApiConstant> variant in placed.Variants)
            {
                if (one == ArchitectureSet.None)
                {
                    plans.Add(Constant(variant.Value, set.Unless(placed.Architectures)));
                    break;
                }

                if (variant.Key == one)
                {
                    plans.Add(Constant(variant.Value, ArchitectureSet.None));
                }
            }
        }

        return new EquatableArray<ConstantPlan>(plans);
    }

    private static ConstantPlan Constant(ApiConstant constant, ArchitectureSet some)
    {
        string type = CSharpType.OfConstant(constant.Type);
        string value = type == "string" ? "a text" : Literal.ForPeople(constant.Value);
        return new ConstantPlan(
            Identifier.Of(constant.Name), type, Literal.Of(type, constant.Value),
            $"{XmlDoc.Code(constant.Name)} of {XmlDoc.Code(constant.Header)}: {value}.", some);
    }
}
