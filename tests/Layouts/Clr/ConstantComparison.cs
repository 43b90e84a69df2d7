using System.Globalization;
using System.Reflection;
using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Layouts.Clr;

/// <summary>Compares every constant, request and enum of a model with the C# ones.</summary>
internal sealed class ConstantComparison(Bindings bindings, Findings findings)
{
    private readonly Dictionary<string, FieldInfo> constants = bindings.ConstantClasses
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
        .Where(f => f.IsLiteral)
        .ToDictionary(f => f.Name, StringComparer.Ordinal);

    public void Compare()
    {
        foreach (ApiConstant constant in bindings.Model.Constants)
        {
            Constant(constant.Name, ClrScalars.OfConstant(constant.Type), constant.Value);
        }

        foreach (ApiIoctl ioctl in bindings.Model.Ioctls)
        {
            Constant(ioctl.Name, typeof(uint), ioctl.Value.ToString(CultureInfo.InvariantCulture));
        }

        foreach (ApiEnum e in bindings.Model.Enums)
        {
            Enum(e);
        }
    }

    /// <summary>The names that the assembly has for this architecture alone.</summary>
    public IEnumerable<string> OwnNames => constants.Values
        .Where(f => f.DeclaringType!.Namespace == bindings.Own)
        .Select(f => f.Name);

    /// <summary>The names that the assembly has for all architectures.</summary>
    public IEnumerable<string> SharedNames => constants.Values
        .Where(f => f.DeclaringType!.Namespace == bindings.Shared)
        .Select(f => f.Name);

    private void Constant(string name, Type type, string value)
    {
        if (!constants.TryGetValue(name, out FieldInfo? constant))
        {
            findings.Differ(name, "constant", "there", "missing");
            return;
        }

        findings.ExpectTrue(name, $"type {type.Name}", constant.FieldType == type);
        string actual = Convert.ToString(constant.GetRawConstantValue(), CultureInfo.InvariantCulture)!;
        findings.ExpectTrue(name, $"value {value} as {actual}", value == actual);
    }

    private void Enum(ApiEnum e)
    {
        Type? type = e.Name.Length > 0 ? bindings.Find(e.Name) : null;
        if (e.Name.Length > 0)
        {
            findings.ExpectTrue(
                e.Name, "underlying type", type?.GetEnumUnderlyingType() == ClrScalars.OfConstant(e.Type));
        }

        var macros = bindings.Model.Constants.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        foreach (ApiEnumMember member in e.Members)
        {
            if (!macros.Contains(member.Name))
            {
                Constant(member.Name, ClrScalars.OfConstant(e.Type), member.Value);
            }

            if (type is not null)
            {
                object? actual = type.GetField(member.Name)?.GetRawConstantValue();
                findings.ExpectTrue(
                    $"{e.Name}.{member.Name}",
                    $"value {member.Value}",
                    Convert.ToString(actual, CultureInfo.InvariantCulture) == member.Value);
            }
        }
    }
}
