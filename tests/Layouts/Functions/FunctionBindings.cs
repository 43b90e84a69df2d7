using System.Reflection;
using KvmInterop.ApiModel;
using KvmInterop.Tests.Layouts.Clr;

namespace KvmInterop.Tests.Layouts.Functions;

/// <summary>The generated methods for function-like macros, called by their C names.</summary>
internal sealed class FunctionBindings(Bindings bindings)
{
    public const BindingFlags Public = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance;

    public object Call(string name, IReadOnlyList<object> arguments)
    {
        MethodInfo method = Method(name);
        ParameterInfo[] parameters = method.GetParameters();
        Assert.Equal(arguments.Count, parameters.Length);
        object?[] values = [.. arguments.Select((argument, i) =>
            argument is string path ? Convert(path, parameters[i].ParameterType) : argument)];
        return method.Invoke(null, values)!;
    }

    public MethodInfo Method(string name) => Assert.Single(
        bindings.ConstantClasses.Select(type => type.GetMethod(name, Public)).OfType<MethodInfo>());

    /// <summary>The whole of a method's declaring types, for what there is beyond the models.</summary>
    public IEnumerable<string> Names() => bindings.ConstantClasses
        .SelectMany(type => type.GetMethods(Public | BindingFlags.DeclaredOnly))
        .Where(method => method.IsStatic)
        .Select(method => method.Name);

    /// <summary>Bits of a result, extended by its sign, and the C type that the C# type stands for.</summary>
    public static (string Type, ulong Bits) Describe(object result) => result switch
    {
        byte value => ("u8", value),
        sbyte value => ("s8", unchecked((ulong)value)),
        ushort value => ("u16", value),
        short value => ("s16", unchecked((ulong)value)),
        uint value => ("u32", value),
        int value => ("s32", unchecked((ulong)value)),
        ulong value => ("u64", value),
        long value => ("s64", unchecked((ulong)value)),
        _ => throw new InvalidOperationException($"{result.GetType()} is no C type"),
    };

    /// <summary>Follows <c>regs.regs[5]</c> from <c>kvm_regs_member</c>, as a program would.</summary>
    private object Convert(string path, Type wanted)
    {
        string record = wanted.GetGenericArguments()[0].Name;
        Type type = bindings.Find(record + "_member")
            ?? throw new InvalidOperationException($"there is no {record}_member");
        object? value = null;
        foreach (string step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            PropertyInfo property = type.GetProperty(step[0] == '[' ? "Item" : step, Public)
                ?? throw new InvalidOperationException($"{type.Name} has no {step}");
            object?[]? index = step[0] == '['
                ? [int.Parse(step[1..^1], System.Globalization.CultureInfo.InvariantCulture)]
                : null;
            value = property.GetValue(value, index)!;
            type = value.GetType();
        }

        return type == wanted
            ? value!
            : type.GetMethods(Public).Single(m => m.Name == "op_Implicit" && m.ReturnType == wanted)
                .Invoke(null, [value])!;
    }
}
