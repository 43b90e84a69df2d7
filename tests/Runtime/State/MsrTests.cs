using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>Model-specific registers: what is refused is named.</summary>
public class MsrTests
{
    // Of the processor's manual: STAR and LSTAR hold any value, and the last is none.
    private const uint Star = 0xc0000081;
    private const uint LongStar = 0xc0000082;
    private const uint None = 0xdeadbeef;

    [SkippableFact]
    public void Msr_set_isReadBack()
    {
        using X64Machine machine = new();

        machine.Vcpu.SetMsrs([Entry(Star, 0x123), Entry(LongStar, 0x456)]);

        Assert.Equal(0x456ul, machine.Vcpu.GetMsr(LongStar));
        Assert.Equal([0x456, 0x123], machine.Vcpu.GetMsrs([LongStar, Star]).Select(entry => entry.data));
    }

    [SkippableFact]
    public void Msr_thatIsNone_isNamedWithItsPlace()
    {
        using X64Machine machine = new();

        MsrException read = Assert.Throws<MsrException>(() => machine.Vcpu.GetMsrs([Star, None, LongStar]));
        MsrException set = Assert.Throws<MsrException>(
            () => machine.Vcpu.SetMsrs([Entry(Star, 7), Entry(LongStar, 8), Entry(None, 0x99)]));

        Assert.Equal(("KVM_GET_MSRS", None, null, 1), (read.Operation, read.Index, read.Value, read.Done));
        Assert.Equal(("KVM_SET_MSRS", None, 0x99ul, 2), (set.Operation, set.Index, set.Value, set.Done));
        Assert.Equal(
            "KVM_SET_MSRS stopped after 2 registers at MSR 0xdeadbeef = 0x99: the vCPU has no such register, "
            + "or does not take the value",
            set.Message);
        Assert.Equal(8ul, machine.Vcpu.GetMsr(LongStar));
    }

    [SkippableFact]
    public void Msrs_skippingWhatIsRefused_doTheOthers()
    {
        using X64Machine machine = new();

        kvm_msr_entry[] refused = machine.Vcpu.SetWritableMsrs(
            [Entry(None, 1), Entry(Star, 2), Entry(None + 1, 3), Entry(LongStar, 4)]);
        kvm_msr_entry[] read = machine.Vcpu.GetReadableMsrs([Star, None, LongStar], out uint[] missing);

        Assert.Equal([None, None + 1], refused.Select(entry => entry.index));
        Assert.Equal([(Star, 2ul), (LongStar, 4ul)], read.Select(entry => (entry.index, entry.data)));
        Assert.Equal([None], missing);
    }

    [SkippableFact]
    public void Msrs_moreThanOneCallTakes_areAllDone()
    {
        using X64Machine machine = new();
        uint[] many = [.. Enumerable.Range(0, 600).Select(i => i % 2 == 0 ? Star : LongStar)];

        machine.Vcpu.SetMsrs([.. many.Select((index, i) => Entry(index, (ulong)i))]);

        Assert.Equal(598ul, machine.Vcpu.GetMsr(Star));
        Assert.All(machine.Vcpu.GetMsrs(many), entry => Assert.True(entry.data is 598 or 599));
        Assert.Equal(
            300, Assert.Throws<MsrException>(() => machine.Vcpu.GetMsrs([.. many[..300], None])).Done);
    }

    [SkippableFact]
    public void MsrIndices_ofTheHost_canBeRead()
    {
        using X64Machine machine = new();

        uint[] indices = machine.Kvm.GetMsrIndices();
        kvm_msr_entry[] features = machine.Kvm.GetFeatureMsrs(machine.Kvm.GetFeatureMsrIndices());

        Assert.Contains(Star, indices);
        Assert.NotEmpty(features);
        Assert.NotEmpty(machine.Vcpu.GetReadableMsrs(indices, out uint[] missing));
        Assert.True(missing.Length < indices.Length / 2);
    }

    private static kvm_msr_entry Entry(uint index, ulong value) => new() { index = index, data = value };
}
