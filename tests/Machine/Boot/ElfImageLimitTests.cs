using KvmInterop.Machine.Boot;
using KvmInterop.Tests.Fuzz.Targets;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>Small ELF files that would be a lot of work.</summary>
public sealed class ElfImageLimitTests
{
    private const ulong MemorySize = 4 << 20;

    [Fact]
    public void Load_segmentsThatOverlapManyTimes_isRefusedByTheirSum()
    {
        byte[] image = Images.Elf64();
        const int FirstSegment = 0x40;
        const int SegmentSize = 56;

        // p_memsz of both: 3 MiB, which each of them may have.
        BitConverter.TryWriteBytes(image.AsSpan(FirstSegment + 40), 3UL << 20);
        BitConverter.TryWriteBytes(image.AsSpan(FirstSegment + SegmentSize + 40), (3UL << 20) - 0x1000);
        PcMemoryLayout layout = new(MemorySize);
        using GuestMemory memory = new();
        layout.AddTo(memory);
        using BootFile file = BootFile.FromBytes("kernel", image);

        BootImageException e = Assert.Throws<BootImageException>(
            () => Vmlinux.Read(file).Load(memory, layout, new LinuxBootOptions()));

        Assert.Equal(
            "the segments of kernel take 6,287,360 bytes (p_memsz), and the guest's memory has 4,194,304; "
            + "give it more", e.Message);
    }

    [Fact]
    public void Read_segmentsOfTheSameNotes_isRefusedByTheirNumber()
    {
        using BootFile file = BootFile.FromBytes("kernel", Images.ElfOfNotes());

        BootImageException e = Assert.Throws<BootImageException>(() => Vmlinux.Read(file));

        Assert.EndsWith("it has more than 4,096 notes (PT_NOTE)", e.Message, StringComparison.Ordinal);
    }
}
