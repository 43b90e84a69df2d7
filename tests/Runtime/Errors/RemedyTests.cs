using KvmInterop.Native;

namespace KvmInterop.Tests.Runtime.Errors;

/// <summary>The table of causes: all pairs, and what must have none.</summary>
public sealed class RemedyTests
{
    public static TheoryData<string, int> Pairs()
    {
        TheoryData<string, int> pairs = [];
        foreach ((string operation, int errno, _) in KvmRemedies.Rows)
        {
            pairs.Add(operation, errno);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Row_any_makesOneSentence(string operation, int errno)
    {
        KvmException e = new(operation, errno);

        Assert.NotNull(e.Remedy);
        Assert.False(char.IsUpper(e.Remedy[0]) && char.IsLower(e.Remedy[1]), e.Remedy);
        Assert.False(e.Message.EndsWith('.'), e.Message);
        Assert.DoesNotContain(". ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Rows_all_areDifferentPairs() =>
        Assert.Distinct(KvmRemedies.Rows.Select(row => (row.Operation, row.Errno)));

    [Theory]
    [InlineData("KVM_SET_NESTED_STATE", "KVM_CAP_NESTED_STATE")]
    [InlineData("KVM_GET_STATS_FD", "KVM_CAP_BINARY_STATS_FD")]
    [InlineData("KVM_GET_REGS", "run a newer kernel")] // Without a capability to ask for.
    public void NoTty_ioctl_namesTheCapability(string ioctl, string words) =>
        Assert.Contains(words, new KvmException(ioctl, Errno.ENOTTY).Remedy, StringComparison.Ordinal);

    [Theory]
    [InlineData("KVM_SET_REGS", Errno.EINVAL)] // The document gives no cause for these.
    [InlineData("KVM_RUN", Errno.EINVAL)]
    [InlineData("KVM_GET_STATS_FD", Errno.EEXIST)]
    [InlineData("KVM_CREATE_VM", Errno.EEXIST)]
    [InlineData("KVM_INTERRUPT", Errno.EBUSY)]
    [InlineData("open", Errno.EINTR)]
    [InlineData("pread", Errno.EIO)] // What EIO says of a VM is not true of a file.
    [InlineData("mmap", Errno.ENOTTY)]
    public void Remedy_undocumentedPair_isNone(string operation, int errno) =>
        Assert.Null(new KvmException(operation, errno).Remedy);
}
