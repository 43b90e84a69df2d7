using KvmInterop.Tests.Generator.Harness;
using static KvmInterop.Tests.Generator.Harness.Sample;

namespace KvmInterop.Tests.Generator;

/// <summary>Records that an array follows.</summary>
public sealed class FlexibleTests
{
    [Fact]
    public Task Flexible_countOfEntries_isTheCount() => Snapshot("entries");

    [Fact]
    public Task Flexible_countOfBytes_isConverted() => Snapshot("bytes");

    [Fact]
    public Task Flexible_countOfEverything_leavesTheHeaderOut() => Snapshot("total");

    [Fact]
    public Task Flexible_withoutKnowledge_hasNoCount() => Snapshot("");

    [Fact]
    public Task Flexible_alternativesInAUnion_areBytes()
    {
        ApiRecord state = Struct(
            "kvm_state", 16, 8,
            Field("u32 size", 4, 4),
            Inline("data", 16, Union(
                "", 0, 8, Field("struct kvm_entry vmx[]", 0, 0), Field("u64 svm[]", 0, 0))));
        GeneratorHost host = new(
            InputText.Of(Model().With(state, Entry())),
            InputText.Of(Knowledge().With(new FlexibleKnowledge("kvm_state", "data", "size", "total"))));
        host.CompilesWithoutWarnings();
        return Verify(host["kvm_state"]).ToTask();
    }

    [Theory]
    [InlineData("entries", 3, 3)]
    [InlineData("bytes", 3, 48)]
    [InlineData("total", 3, 56)]
    public void Buffer_setCount_isWhatTheRecordCounts(string unit, int count, int expected)
    {
        dynamic probe = Probe(unit);
        Assert.Equal(expected, (int)probe.CountField(count));
    }

    [Theory]
    [InlineData("entries", 4, true)]
    [InlineData("entries", 5, false)]
    [InlineData("bytes", 64, true)]
    [InlineData("bytes", 65, false)]
    [InlineData("total", 72, true)]
    [InlineData("total", 73, false)]
    [InlineData("entries", -1, false)]
    public void Buffer_countBeyondCapacity_isNotPassedToTheKernel(string unit, int field, bool passes)
    {
        // EBADF (9) is what the kernel says to file -1: it was asked. EINVAL (22): it was not.
        dynamic probe = Probe(unit);
        Assert.Equal(passes ? 9 : 22, (int)probe.ErrorOfCall(field));
    }

    [Fact]
    public void Buffer_entries_followTheRecordWithoutAGap()
    {
        dynamic probe = Probe("entries");
        Assert.Equal(8, (int)probe.OffsetOfEntries());
    }

    [Fact]
    public void Buffer_kernelAsksForMore_entriesStayInside()
    {
        dynamic probe = Probe("entries");
        Assert.Equal((7, 4), ((int, int))probe.CountAndEntries(7));
    }

    private static ApiRecord Entry() =>
        Struct("kvm_entry", 16, 8, Field("u64 a", 0, 8), Field("u64 b", 8, 8));

    private static GeneratorHost Host(string unit)
    {
        ApiRecord list = Struct(
            "kvm_list", 8, 8,
            Field("u32 n", 0, 4), Field("u32 pad", 4, 4), Field("struct kvm_entry entries[]", 8, 0));
        ApiIoctl get = Ioctl("KVM_GET_LIST", 0xC008AE01, "readwrite", "struct kvm_list");
        FlexibleKnowledge row = new("kvm_list", "entries", "n", unit);
        KnowledgeDocument known = Knowledge(Row("KVM_GET_LIST", "vm", "inout", "list"));
        GeneratorHost host = new(
            InputText.Of(Model().With(list, Entry()).With(get)),
            InputText.Of(unit.Length == 0 ? known : known.With(row)));
        host.CompilesWithoutWarnings();
        return host;
    }

    private static Task Snapshot(string unit)
    {
        GeneratorHost host = Host(unit);
        return Verify(host["kvm_list"] + host["Ioctl.KVM_GET_LIST"]).ToTask();
    }

    /// <summary>Code of a consumer, over a buffer with room for four.</summary>
    private static object Probe(string unit)
    {
        const string code =
            """
            using System;
            using System.Runtime.CompilerServices;
            using System.Runtime.InteropServices;
            using KvmInterop.Native;
            #pragma warning disable CS1591
            public sealed class Probe
            {
                private readonly KvmBuffer<kvm_list, kvm_entry> buffer = new(4);
                public int CountField(int count) { buffer.Count = count; return (int)buffer.Header.n; }
                public int ErrorOfCall(int field)
                {
                    buffer.Header.n = unchecked((uint)field);
                    int result = new KvmVmFd(-1).GetList(buffer);
                    return result == -1 ? Marshal.GetLastPInvokeError() : 0;
                }
                public long OffsetOfEntries()
                {
                    ref kvm_entry first = ref MemoryMarshal.GetReference(buffer.AllEntries);
                    return Unsafe.ByteOffset(
                        ref Unsafe.As<kvm_list, byte>(ref buffer.Header),
                        ref Unsafe.As<kvm_entry, byte>(ref first)).ToInt64();
                }
                public (int, int) CountAndEntries(uint field)
                {
                    buffer.Header.n = field;
                    return (buffer.Count, buffer.Entries.Length);
                }
            }
            """;
        return Activator.CreateInstance(Host(unit).Load(code).GetType("Probe", throwOnError: true)!)!;
    }
}
