using System.Reflection;
using System.Runtime.InteropServices;
using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>Enums over macros, and the way back from numbers to names.</summary>
public sealed class NamesTests
{
    [Fact]
    public Task ExitReasonsAndCapabilities_areEnums()
    {
        GeneratorHost host = new(InputText.Of(Model().With(
            Constant("KVM_CAP_IRQCHIP", "0"), Constant("KVM_CAP_OTHER", "12"),
            Constant("KVM_CAP_OTHER_TOO", "12"),
            Constant("KVM_EXIT_IO", "2"), Constant("KVM_EXIT_IO_IN", "0"),
            Constant("KVM_EXIT_IOAPIC_EOI", "26"),
            Constant("KVM_EXIT_S390_RESET", "14"))));
        host.CompilesWithoutWarnings();
        return Verify(host["KvmExitReason"] + host["KvmCapability"] + host["KvmNames"]).ToTask();
    }

    [Theory]
    [InlineData(0xAE80u, "Vcpu", "KVM_RUN")]
    [InlineData(0xAE80u, "Vm", null)]
    [InlineData(0x4010AEABu, "Vcpu", "KVM_GET_ONE_REG")]
    [InlineData(0x4010AEABu, "Vm", "KVM_SET_DEVICE_ADDR")]
    [InlineData(0xAE01u, "System", "KVM_FIRST or KVM_SECOND")]
    [InlineData(0x12345678u, "System", null)]
    public void Ioctl_numberAndFile_giveTheName(uint request, string kind, string? expected)
    {
        Assert.Equal(expected, Lookup(request, kind));
    }

    [Fact]
    public void Ioctl_numberOfTwoArchitectures_isThatOfThisMachine()
    {
        string? expected = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.Arm64 => "KVM_OF_ARM64",
            _ => "KVM_OF_X64",
        };
        Assert.Equal(expected, Lookup(0xAE02, "System"));
    }

    private static object? Lookup(uint request, string kind)
    {
        Assembly assembly = Host().Load();
        Type kinds = assembly.GetType("KvmInterop.Native.KvmFdKind", throwOnError: true)!;
        return assembly.GetType("KvmInterop.Native.KvmNames", throwOnError: true)!
            .GetMethod("Ioctl")!
            .Invoke(null, [request, System.Enum.Parse(kinds, kind)]);
    }

    private static GeneratorHost Host()
    {
        IoctlKnowledge arm = Row("KVM_OF_ARM64", "system", "none") with { Architectures = new(["arm64"]) };
        IoctlKnowledge x64 = Row("KVM_OF_X64", "system", "none") with { Architectures = new(["x64"]) };
        ApiIoctl[] ioctls =
        [
            Ioctl("KVM_RUN", 0xAE80), Ioctl("KVM_GET_ONE_REG", 0x4010AEAB),
            Ioctl("KVM_SET_DEVICE_ADDR", 0x4010AEAB),
            Ioctl("KVM_FIRST", 0xAE01), Ioctl("KVM_SECOND", 0xAE01),
            Ioctl("KVM_OF_ARM64", 0xAE02), Ioctl("KVM_OF_X64", 0xAE02),
        ];
        return new(
            InputText.Of(Model().With(ioctls)),
            InputText.Of(Model("arm64").With(ioctls)),
            InputText.Of(Knowledge(
                Row("KVM_RUN", "vcpu", "none"), Row("KVM_GET_ONE_REG", "vcpu", "none"),
                Row("KVM_SET_DEVICE_ADDR", "vm", "none"), Row("KVM_FIRST", "system", "none"),
                Row("KVM_SECOND", "system", "none"), arm, x64)));
    }
}
