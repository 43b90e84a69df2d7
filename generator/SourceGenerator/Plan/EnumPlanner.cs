using System.Globalization;
using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Plans C's enums, and the two that C has only as macros.</summary>
internal sealed class EnumPlanner(ApiSet set, ConstantPlanner constants)
{
    public IEnumerable<EnumPart> Plan()
    {
        foreach (Placed<ApiEnum> placed in set.Placement.Enums)
        {
            foreach (KeyValuePair<ArchitectureSet, ApiEnum> variant in placed.Variants)
            {
                string space = placed.IsShared ? set.Namespace : set.NamespaceOf(variant.Key);
                ArchitectureSet some =
                    placed.IsShared ? set.Unless(placed.Architectures) : ArchitectureSet.None;
                yield return Enum(variant.Value, space, some);
                if (placed.IsShared)
                {
                    break;
                }
            }
        }

        yield return new EnumPart(
            set.Namespace, "KvmExitReason", "Why <c>KVM_RUN</c> returned: the macros <c>KVM_EXIT_*</c>.",
            "uint",
            ArchitectureSet.None, Members(ExitReasons(), uint.MaxValue));
        yield return new EnumPart(
            set.Namespace, "KvmCapability",
            "What <c>KVM_CHECK_EXTENSION</c> can be asked: the macros <c>KVM_CAP_*</c>.",
            "int", ArchitectureSet.None, Members(Capabilities(), int.MaxValue));
    }

    public IEnumerable<Placed<ApiConstant>> Capabilities() =>
        constants.Shared.Where(placed => placed.Name.StartsWith("KVM_CAP_", StringComparison.Ordinal));

    /// <summary>
    /// <c>KVM_EXIT_IO_IN</c> is no reason but a value inside the data of <c>KVM_EXIT_IO</c>, and so is
    /// whatever else continues the name of another reason.
    /// </summary>
    public IEnumerable<Placed<ApiConstant>> ExitReasons() =>
        constants.Shared.Where(placed =>
            placed.Name.StartsWith("KVM_EXIT_", StringComparison.Ordinal) && !ContinuesAnother(placed.Name));

    private bool ContinuesAnother(string name)
    {
        for (int end = name.LastIndexOf('_'); end > "KVM_EXIT_".Length; end = name.LastIndexOf('_', end - 1))
        {
            if (constants.Has(name.Substring(0, end)))
            {
                return true;
            }
        }

        return false;
    }

    private static EnumPart Enum(ApiEnum item, string space, ArchitectureSet some)
    {
        string type = CSharpType.OfConstant(item.Type);
        List<ConstantPlan> members = [];
        foreach (ApiEnumMember member in item.Members)
        {
            members.Add(new ConstantPlan(
                Identifier.Of(member.Name), type, Literal.Of(type, member.Value),
                $"{XmlDoc.Code(member.Name)}: {Literal.ForPeople(member.Value)}.", ArchitectureSet.None));
        }

        string summary = $"{XmlDoc.Code("enum " + item.Name)} of {XmlDoc.Code(item.Header)}.";
        return new EnumPart(space, item.Name, summary, type, some, new EquatableArray<ConstantPlan>(members));
    }

    private EquatableArray<ConstantPlan> Members(IEnumerable<Placed<ApiConstant>> all, long greatest)
    {
        List<KeyValuePair<long, ConstantPlan>> members = [];
        foreach (Placed<ApiConstant> placed in all)
        {
            ApiConstant constant = placed.First;
            bool number = long.TryParse(
                constant.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long value);
            if (number && constant.Type != "string" && value <= greatest)
            {
                string name = Identifier.Of(constant.Name);
                string doc = $"{XmlDoc.Code(constant.Name)}: {Literal.ForPeople(constant.Value)}.";
                members.Add(new(value, new(name, "", constant.Value, doc, set.Unless(placed.Architectures))));
            }
        }

        return new EquatableArray<ConstantPlan>(members.OrderBy(pair => pair.Key).Select(pair => pair.Value));
    }
}
