using System.Reflection;
using System.Runtime.Versioning;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Verify;
using KvmInterop.Native.Arm64;
using KvmInterop.Tests.Layouts.Clr;
using static KvmInterop.Native.Arm64.KvmApiArm64;
using static KvmInterop.Native.KvmApi;

namespace KvmInterop.Tests.Layouts.Functions;

/// <summary>The methods for function-like macros, and the ids of registers, against C.</summary>
[SupportedOSPlatform("linux")]
public class FunctionTests
{
    private const string Namespace = "KvmInterop.Native";

    [SkippableTheory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("7.3")]
    public void Methods_ofEveryArchitecture_computeWhatCComputes(string release)
    {
        string[] architectures =
            [.. Releases.Trees.Where(tree => tree.Release == release).Select(tree => tree.Architecture)];
        ApiDocument[] models = [.. architectures.Select(name => Releases.Fresh(release, name))];
        CompilerTarget[] targets =
            [.. architectures.Select(name => Releases.Target("clang-19", release, name))];
        Assembly assembly = GeneratedAssembly.Of(
            architectures.Select(name => Releases.FreshFile(release, name)));

        for (int i = 0; i < models.Length; i++)
        {
            var bindings = new FunctionBindings(new Bindings(assembly, Namespace, models[i], models));
            AssertSame(models[i], bindings, targets[i]);
            AssertSameRegisters(models[i], bindings, targets[i]);
        }
    }

    /// <summary>A method for each macro that has a translation, and nothing else but the registers.</summary>
    [Fact]
    public void KvmInteropAssembly_methods_areTheModels()
    {
        ApiDocument[] models = [.. ModelReader.Architectures.Select(Releases.Committed)];
        Assembly assembly = typeof(Kvm).Assembly;
        IEnumerable<string> names = models.SelectMany(
            model => new FunctionBindings(new Bindings(assembly, Namespace, model, models)).Names());

        Assert.Equal(
            models.SelectMany(model => model.Functions.Select(function => function.Name))
                .Concat(Registers().Select(register => register.Name)).Distinct().Order(StringComparer.Ordinal),
            names.Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Ids that arm64 programs and the kernel's document have in numbers.</summary>
    [Fact]
    public void Arm64CoreRegister_ofAKnownRegister_hasItsId()
    {
        Assert.Equal(0x6030_0000_0010_0000ul, ARM64_CORE_REG(kvm_regs_member.regs.regs[0]));
        Assert.Equal(0x6030_0000_0010_0002ul, ARM64_CORE_REG(kvm_regs_member.regs.regs[1]));
        Assert.Equal(0x6030_0000_0010_003eul, ARM64_CORE_REG(kvm_regs_member.regs.sp));
        Assert.Equal(0x6030_0000_0010_0040ul, ARM64_CORE_REG(kvm_regs_member.regs.pc));
        Assert.Equal(0x6030_0000_0010_0042ul, ARM64_CORE_REG(kvm_regs_member.regs.pstate));
        Assert.Equal(0x6030_0000_0010_0044ul, ARM64_CORE_REG(kvm_regs_member.sp_el1));
        Assert.Equal(0x6040_0000_0010_0054ul, ARM64_CORE_REG(kvm_regs_member.fp_regs.vregs[0]));
        Assert.Equal(0x6020_0000_0010_00d4ul, ARM64_CORE_REG(kvm_regs_member.fp_regs.fpsr));
        Assert.Equal(0x54ul, KVM_REG_ARM_CORE_REG(kvm_regs_member.fp_regs));
        Assert.Equal(0x6030_0000_0013_c000ul, ARM64_SYS_REG(3, 0, 0, 0, 0)); // MIDR_EL1
        Assert.Equal(16u, KVM_REG_SIZE(ARM64_CORE_REG(kvm_regs_member.fp_regs.vregs[31])));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(31)]
    [InlineData(int.MinValue)]
    public void ArrayMember_indexOutside_throws(int index) =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(index), () => kvm_regs_member.regs.regs[index]);

    private static void AssertSame(ApiDocument model, FunctionBindings bindings, CompilerTarget target)
    {
        FunctionCall[] calls = [.. model.Functions.SelectMany(each => FunctionCall.Of(each, model))];
        FunctionCall[] defined = [.. calls.Where(call => call.OfTheModel() is not null)];
        ulong[] values = ClangValues.Of(target, [.. defined.Select(call => call.C)]);
        for (int i = 0; i < defined.Length; i++)
        {
            (_, ulong bits) = Result(bindings, defined[i]);
            Assert.True(
                values[i] == bits,
                $"{model.Architecture}: {defined[i].C} is {values[i]:x} in C, {bits:x} in C#");
        }

        FunctionCall[] one = [.. defined.DistinctBy(call => call.Function.Name)];
        Assert.Equal(model.Functions.Length, one.Length);
        Assert.Equal(
            ClangValues.Of(target, [.. one.Select(call => $"TYPE({call.C})")]),
            one.Select(call => Result(bindings, call).Type).Select(
                type => (ulong)(Operators.Width(type) / 4) + (Operators.IsSigned(type) ? 1ul : 0)));

        // Where C leaves the result open, there still is one.
        foreach (FunctionCall call in calls.Except(defined))
        {
            bindings.Call(call.Function.Name, call.Arguments);
        }
    }

    private static void AssertSameRegisters(
        ApiDocument model, FunctionBindings bindings, CompilerTarget target)
    {
        HashSet<string> constants = [.. model.Constants.Select(constant => constant.Name)];
        foreach (RegisterKnowledge register in Registers())
        {
            ApiFunction? index = model.Functions.SingleOrDefault(each => each.Name == register.Index);
            if (index is null || !register.Constants.All(constants.Contains))
            {
                continue;
            }

            string record = index.Parameters[0].Record;
            string[] paths = [.. MemberPath.Of(model, record).Where(p => p.IsScalar).Select(p => p.C)];
            ulong[] values = ClangValues.Of(target, [.. paths.Select(path =>
                $"{string.Join(" | ", register.Constants)} | {register.Index}({path})"
                + $" | (__u64)__builtin_ctz(sizeof((({record} *)0)->{path})) << KVM_REG_SIZE_SHIFT")]);
            Assert.NotEmpty(paths);
            Assert.Equal(values, paths.Select(path => (ulong)bindings.Call(register.Name, [path])));
        }
    }

    private static (string Type, ulong Bits) Result(FunctionBindings bindings, FunctionCall call) =>
        FunctionBindings.Describe(bindings.Call(call.Function.Name, call.Arguments));

    private static EquatableArray<RegisterKnowledge> Registers() =>
        KnowledgeReader.Read(File.ReadAllText(Repository.PathOf("headers/ioctls.json"))).Document!.Registers;
}
