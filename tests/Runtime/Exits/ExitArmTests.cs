using System.Reflection;
using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Exits;

/// <summary>Every reason of the header, and every member of kvm_run's union, has its typed view.</summary>
public class ExitArmTests
{
    // An architecture's own record: see the tests of the architectures.
    private const string DebugArm = "debug";
    private const string SizeOfTheUnion = "padding";

    private readonly SyntheticRun run = new();

    public static TheoryData<string> Names => [.. ExitArms.All.Keys];

    [Fact]
    public void Reason_ofTheHeader_hasAMemberOrSaysAll()
    {
        IEnumerable<KvmExitReason> known = ExitArms.All.Values.SelectMany(arm => arm.Reasons)
            .Concat(ExitArms.Bare)
            .Append(KvmExitReason.KVM_EXIT_DEBUG);

        Assert.Equal(Enum.GetValues<KvmExitReason>().Order(), known.Distinct().Order());
    }

    [Fact]
    public void MemberOfTheUnion_each_hasAView()
    {
        IEnumerable<string> union = typeof(KvmRunOffsets)
            .GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(property => (int)property.GetValue(null)! == KvmRunOffsets.hw)
            .Select(property => property.Name)
            .Except([DebugArm, SizeOfTheUnion]);

        Assert.Equal(union.Order(StringComparer.Ordinal), ExitArms.All.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Member_ofItsReasons_isWhereItIsInTheMapping(string name)
    {
        foreach (KvmExitReason reason in ExitArms.All[name].Reasons)
        {
            Assert.Equal(KvmRunOffsets.hw, (int)ExitArms.All[name].Place(run.Exit(reason)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Member_ofAnyOtherReason_isRefused(string name)
    {
        (KvmExitReason[] reasons, ExitArms.Place place) = ExitArms.All[name];
        foreach (KvmExitReason reason in
            Enum.GetValues<KvmExitReason>().Except(reasons).Append((KvmExitReason)999))
        {
            Assert.Throws<InvalidOperationException>(() => place(run.Exit(reason)));
        }
    }

    [Fact]
    public void Answer_written_isInTheMapping()
    {
        run.Exit(KvmExitReason.KVM_EXIT_X86_RDMSR).Msr.data = 0x1122334455667788;
        Assert.Equal(0x1122334455667788ul, run.Arm<kvm_run_msr>(KvmRunOffsets.msr).data);

        run.Exit(KvmExitReason.KVM_EXIT_HYPERCALL).Hypercall.ret = 7;
        Assert.Equal(7ul, run.Arm<kvm_run_hypercall>(KvmRunOffsets.hypercall).ret);

        run.Exit(KvmExitReason.KVM_EXIT_RISCV_SBI).RiscvSbi.ret[1] = 8;
        Assert.Equal(8ul, run.Arm<kvm_run_riscv_sbi>(KvmRunOffsets.riscv_sbi).ret[1]);
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(8, 8)]
    [InlineData(uint.MaxValue, 8)]
    public void IocsrData_anyLength_isAtMostEightBytes(uint length, int expected)
    {
        run.Arm<kvm_run_iocsr_io>(KvmRunOffsets.iocsr_io).len = length;

        Assert.Equal(expected, run.Exit(KvmExitReason.KVM_EXIT_LOONGARCH_IOCSR).LoongarchIocsrData.Length);
        Assert.Throws<InvalidOperationException>(
            () => run.Exit(KvmExitReason.KVM_EXIT_HLT).LoongarchIocsrData.Length);
    }

    [Fact]
    public void Flags_ofAnyExit_areTheMappings()
    {
        run.Arm<ushort>(KvmRunOffsets.flags) = 0x8001;

        Assert.Equal(0x8001, run.Exit(KvmExitReason.KVM_EXIT_HLT).Flags);
    }
}
