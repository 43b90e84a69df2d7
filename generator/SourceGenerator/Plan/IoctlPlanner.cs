using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>Plans the requests and the methods of ioctls.</summary>
internal sealed class IoctlPlanner
{
    private readonly ApiSet set;
    private readonly SortedDictionary<string, Placed<ApiIoctl>> ioctls = new(StringComparer.Ordinal);
    private readonly HashSet<string> methods = new(StringComparer.Ordinal);

    public IoctlPlanner(ApiSet set)
    {
        this.set = set;
        foreach (ApiDocument document in set.Documents)
        {
            ArchitectureSet architecture = Architectures.FromModel(document.Architecture);
            foreach (ApiIoctl ioctl in document.Ioctls)
            {
                if (!ioctls.TryGetValue(ioctl.Name, out Placed<ApiIoctl> placed))
                {
                    ioctls[ioctl.Name] = placed = new Placed<ApiIoctl>(ioctl.Name);
                }

                placed.Add(architecture, ioctl, static (a, b) => a.Value == b.Value);
            }
        }
    }

    public IEnumerable<Placed<ApiIoctl>> Ioctls => ioctls.Values;

    public IEnumerable<Part> Plan()
    {
        List<RequestPlan> requests = [];
        ArgumentPlanner arguments = new(set);
        foreach (Placed<ApiIoctl> placed in ioctls.Values)
        {
            IoctlKnowledge? known = set.Knowledge(placed.Name);
            string method = Identifier.Method(placed.Name);
            while (!methods.Add(method))
            {
                method += "_";
            }

            foreach (ArgumentGroup group in arguments.Plan(placed, known))
            {
                yield return Methods(placed, known, method, group);
                if (group.Shared && !placed.IsShared)
                {
                    requests.Add(Request(placed));
                }
            }
        }

        yield return new RequestsPart(set.Namespace, new EquatableArray<RequestPlan>(requests));
        const string summary = "The requests that have one number on every architecture that has them.";
        yield return new ConstantsPart(
            set.Namespace, "KvmApi.Requests", "KvmApi", summary, Constants(ArchitectureSet.None));
        foreach (ArchitectureSet one in set.All.Each())
        {
            string type = "KvmApi" + one;
            string own = $"The requests that only {one} has with this number.";
            yield return new ConstantsPart(
                set.NamespaceOf(one), type + ".Requests", type, own, Constants(one));
        }
    }

    private static RequestPlan Request(Placed<ApiIoctl> placed)
    {
        IEnumerable<ArchitectureGroup> groups = placed.Variants
            .GroupBy(pair => pair.Value.Value)
            .Select(group => new ArchitectureGroup(
                group.Aggregate(ArchitectureSet.None, (set, pair) => set | pair.Key)));
        return new RequestPlan(Identifier.Of(placed.Name), new EquatableArray<ArchitectureGroup>(groups));
    }

    private IoctlPart Methods(
        Placed<ApiIoctl> placed, IoctlKnowledge? known, string method, ArgumentGroup group)
    {
        string space = group.Shared ? set.Namespace : set.NamespaceOf(group.Architectures);
        string holder = placed.IsShared ? "KvmApi"
            : group.Shared ? "KvmRequests"
            : "KvmApi" + group.Architectures;
        ArchitectureSet implemented = IoctlDoc.Implemented(group.Architectures, known);
        return new IoctlPart(
            space, placed.Name, method, holder + "." + Identifier.Of(placed.Name),
            new EquatableArray<string>(FdTypes(known)),
            group.Shared ? "" : "KvmIoctls" + group.Architectures,
            group.Argument,
            group.Shared ? set.Unless(implemented) : ArchitectureSet.None,
            known?.Capabilities ?? EquatableArray<string>.Empty,
            IoctlDoc.Summary(placed, known), IoctlDoc.Remarks(placed, known, group.Architectures),
            IoctlDoc.Returns(known));
    }

    /// <summary>
    /// The types of the files that take it; where that is unknown it can be any, and all have it.
    /// </summary>
    private static IEnumerable<string> FdTypes(IoctlKnowledge? known)
    {
        foreach (FdKind kind in FdKind.All)
        {
            if (known is null || known.Fds.Contains(kind.Name))
            {
                yield return kind.Type;
            }
        }
    }

    /// <param name="one">The architecture whose own requests these are, or none if they are shared.</param>
    private EquatableArray<ConstantPlan> Constants(ArchitectureSet one)
    {
        List<ConstantPlan> plans = [];
        foreach (Placed<ApiIoctl> placed in ioctls.Values)
        {
            bool shared = one == ArchitectureSet.None;
            ApiIoctl? ioctl = placed.Variants.FirstOrDefault(pair => shared || pair.Key == one).Value;
            if (ioctl is not null && placed.IsShared == shared)
            {
                string size = ioctl.Direction == "none" ? "no argument" : $"{ioctl.Size} bytes";
                plans.Add(new ConstantPlan(
                    Identifier.Of(ioctl.Name), "uint", Literal.Hex(ioctl.Value) + "u",
                    $"{XmlDoc.Code(ioctl.C)} of {XmlDoc.Code(ioctl.Header)}: direction {ioctl.Direction}, "
                    + $"number {Literal.Hex((uint)ioctl.Number)}, {size}.",
                    shared ? set.Unless(placed.Architectures) : ArchitectureSet.None));
            }
        }

        return new EquatableArray<ConstantPlan>(plans);
    }
}

/// <summary>A kind of file, as ioctls.json and as the emitted code call it.</summary>
internal sealed record FdKind(string Name, string Member)
{
    public static readonly FdKind[] All =
        [new("system", "System"), new("vm", "Vm"), new("vcpu", "Vcpu"), new("device", "Device")];

    public string Type => $"Kvm{Member}Fd";
}
