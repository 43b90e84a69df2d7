using System.Reflection;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>Compares bindings with the models that they were made from, in both directions.</summary>
internal static class ClrComparison
{
    public static Findings Of(Assembly assembly, string root, IReadOnlyList<ApiDocument> models)
    {
        var findings = new Findings();
        var sharedTypes = new HashSet<Type>();
        var sharedModel = new HashSet<string>(StringComparer.Ordinal);
        var sharedNames = new HashSet<string>(StringComparer.Ordinal);
        Bindings? any = null;
        foreach (ApiDocument model in models)
        {
            var bindings = new Bindings(assembly, root, model, models);
            var records = new RecordComparison(bindings, findings);
            records.Compare();
            var constants = new ConstantComparison(bindings, findings);
            constants.Compare();
            Extra(findings, bindings.Records(bindings.Own).Except(records.Seen).Select(t => t.FullName!));
            Extra(findings, constants.OwnNames.Except(NamesOf(model)));
            sharedTypes.UnionWith(records.Seen);
            sharedModel.UnionWith(NamesOf(model));
            sharedNames.UnionWith(constants.SharedNames);
            any = bindings;
        }

        Extra(findings, any!.Records(root).Except(sharedTypes).Select(t => t.FullName!));
        Extra(findings, sharedNames.Except(sharedModel));
        return findings;
    }

    private static void Extra(Findings findings, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            findings.Differences.Add(new Difference(name, "declaration", "absent", "there"));
        }
    }

    private static IEnumerable<string> NamesOf(ApiDocument model) =>
    [
        .. model.Constants.Select(c => c.Name),
        .. model.Ioctls.Select(i => i.Name),
        .. model.Enums.SelectMany(e => e.Members.Select(m => m.Name)),
    ];
}
