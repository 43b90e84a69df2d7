using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>KvmApis.txt: function-like macros, and the ids of registers that are made of them.</summary>
public sealed class ApiListFunctionTests
{
    private static readonly ApiRecord Registers = Struct(
        "registers", 16, 8, Field("u64 first", 0, 8), Field("u64 second", 8, 8));

    private static readonly ApiFunction Index = Function(
        "KVM_REG_X_CORE_REG", "struct registers.name", "u64", "(div u64 (offsetof name) 4)");

    private static readonly ApiConstant[] Parts =
        [Constant("KVM_REG_SIZE_SHIFT", "52"), Constant("KVM_REG_X", "1048576"), Constant("KVM_OTHER", "1")];

    [Theory]
    [InlineData("KVM_REG_X_CORE_REG")]
    [InlineData("X_CORE_REG")]
    public void Function_bringsTheRecordAndTheWholeId(string list)
    {
        GeneratorHost host = Host(list);

        Assert.Empty(host.Diagnostics);
        Assert.Contains(" KVM_REG_X_CORE_REG(", host["KvmApi.Functions"], StringComparison.Ordinal);
        Assert.Contains(" X_CORE_REG(", host["KvmApi.Functions"], StringComparison.Ordinal);
        Assert.DoesNotContain(" KVM_DOUBLE(", host["KvmApi.Functions"], StringComparison.Ordinal);
        Assert.Contains("KvmInterop.Native.registers", host.Sources.Keys);
        Assert.DoesNotContain("KVM_OTHER", host["KvmApi.Constants"], StringComparison.Ordinal);
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void FunctionOfNumbers_bringsNothing()
    {
        GeneratorHost host = Host("KVM_DOUBLE");

        Assert.DoesNotContain(" KVM_REG_X_CORE_REG(", host["KvmApi.Functions"], StringComparison.Ordinal);
        Assert.DoesNotContain("KvmInterop.Native.registers", host.Sources.Keys);
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void ExcludedRegister_leavesItsMacro()
    {
        GeneratorHost host = Host("KVM_REG_*\n!X_CORE_REG");

        Assert.Empty(host.Diagnostics);
        Assert.Contains(" KVM_REG_X_CORE_REG(", host["KvmApi.Functions"], StringComparison.Ordinal);
        Assert.DoesNotContain(" X_CORE_REG(", host["KvmApi.Functions"], StringComparison.Ordinal);
        host.CompilesWithoutWarnings();
    }

    [Fact]
    public void RegisterWhoseMacroTheHeaderLacks_isNothing()
    {
        GeneratorHost host = new(
            InputText.Of(Model().With(Registers)), InputText.Of(Rows()),
            new InputText("KvmApis.txt", "X_CORE_REG"));
        Assert.Equal("KVMGEN010", Assert.Single(host.Diagnostics).Id);
    }

    private static KnowledgeDocument Rows() =>
        Knowledge().With(new RegisterKnowledge("X_CORE_REG", "KVM_REG_X_CORE_REG", new(["KVM_REG_X"])));

    private static GeneratorHost Host(string list) => new(
        InputText.Of(Model().With(Registers).With(Parts).With(
            Index, Function("KVM_DOUBLE", "x", "u64", "(add u64 x x)"))),
        InputText.Of(Rows()),
        new InputText("KvmApis.txt", list));
}
