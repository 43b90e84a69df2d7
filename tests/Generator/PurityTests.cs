using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using KvmInterop.Generator.Inputs;
using KvmInterop.Generator.Plan;
using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>
/// What the stages hand on: values that compare, and nothing that keeps a compilation alive.
/// </summary>
public sealed class PurityTests
{
    private static readonly string[] Stages =
        ["Text", "Model", "Knowledge", "Namespace", "Inputs", "Part", "Finding"];

    [Fact]
    public void Stages_holdNothingOfRoslyn()
    {
        GeneratorHost host = Host();
        foreach (string stage in Stages)
        {
            var steps = host.Result.TrackedSteps[stage];
            object[] values = [.. steps.SelectMany(step => step.Outputs).Select(output => output.Value)];
            Assert.NotEmpty(values);
            HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
            foreach (object value in values)
            {
                Walk(value, stage, seen);
            }
        }
    }

    [Fact]
    public void Walk_ofAnObjectOfRoslyn_fails() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(
            () => Walk(
                new { Inside = new[] { Location.None } }, "here", new(ReferenceEqualityComparer.Instance)));

    [Fact]
    public void Models_readTwice_areEqualAndNotTheSame()
    {
        string text = Everything().Json();
        ApiDocument one = ModelReader.Read(text).Document!;
        ApiDocument other = ModelReader.Read(text).Document!;
        Assert.NotSame(one, other);
        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
    }

    [Fact]
    public void Parts_plannedTwice_areEqualAndNotTheSame()
    {
        Part[] one = [.. Parts()];
        Part[] other = [.. Parts()];
        Assert.Equal(one, other);
        Assert.All(one.Zip(other), pair =>
        {
            Assert.NotSame(pair.First, pair.Second);
            Assert.Equal(pair.First.GetHashCode(), pair.Second.GetHashCode());
        });
    }

    [Fact]
    public void Findings_ofTheSameInput_areEqual()
    {
        Finding one = new Finding("KVMGEN004", "a", "\"b\"", "b").Locate("{\n \"b\"");
        Assert.Equal(one, new Finding("KVMGEN004", "a", "\"b\"", "b").Locate("{\n \"b\""));
        Assert.Equal((1, 1, 3, 3), (one.Line, one.Column, one.Offset, one.Length));
    }

    [Fact]
    public void OldCompilation_isNotKeptAlive()
    {
        GeneratorHost host = Host();
        WeakReference old = Old(host);
        for (int i = 0; i < 10 && old.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(old.IsAlive);
        GC.KeepAlive(host);
    }

    /// <summary>In a method of its own: a local of the caller would keep it alive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Old(GeneratorHost host)
    {
        WeakReference old = new(host.Compilation);
        host.AddCode("internal sealed class Later;");
        return old;
    }

    private static GeneratorHost Host() => new(
        InputText.Of(Everything()), InputText.Of(Knowledge(Row("KVM_RUN", "vcpu", "none"))));

    private static IEnumerable<Part> Parts() => Planner.Plan(
        "N", [Everything()], Knowledge(Row("KVM_RUN", "vcpu", "none")));

    private static ApiDocument Everything() => Model()
        .With(
            Struct(
                "kvm_list", 8, 8, Field("u32 n", 0, 4), Bits("u8 bit", 32, 1, 1), Field("u8 data[]", 8, 0)),
            Struct("kvm_run", 8, 8, Inline("io", 0, Struct("", 8, 8, Field("u8 x[8]", 0, 8)))))
        .With(Constant("KVM_CAP_A", "1"), Constant("KVM_EXIT_A", "1"))
        .With(Enum("kvm_kind", ("KVM_KIND_A", "0")))
        .With(Ioctl("KVM_RUN", 0xAE80), Ioctl("KVM_UNKNOWN", 0xAE81));

    private static void Walk(object? value, string path, HashSet<object> seen)
    {
        if (value is null || !seen.Add(value))
        {
            return;
        }

        Type type = value.GetType();
        Assert.False(
            type.Namespace?.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) == true,
            $"{path} holds a {type}");
        if (type.IsPrimitive || type.IsEnum || value is string)
        {
            return;
        }

        if (value is IEnumerable items)
        {
            foreach (object? item in items)
            {
                Walk(item, path + "[]", seen);
            }
        }

        for (Type? level = type; level is not null; level = level.BaseType)
        {
            const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly;
            foreach (FieldInfo field in level.GetFields(own))
            {
                Walk(field.GetValue(value), $"{path}.{field.Name}", seen);
            }
        }
    }
}
