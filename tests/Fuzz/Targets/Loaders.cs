using KvmInterop.Machine.Boot;

namespace KvmInterop.Tests.Fuzz.Targets;

/// <summary>A target for each boot loader.</summary>
internal static class Loaders
{
    // Enough for a bzImage, which is moved to 16 MiB, and so little for the others that clearing it is quick.
    private const ulong LinuxMemory = 32 << 20;
    private const ulong SmallMemory = 4 << 20;

    private const int LinuxHeaderEnd = 0x268;
    private const int Arm64HeaderEnd = 0x40;
    private const int ElfHeadersEnd = 0x130;
    private const int MultibootHeadersEnd = 0x80;

    private static readonly LinuxBootOptions Options = new()
    {
        CommandLine = "console=ttyS0 quiet",
        Initrd = Small("initrd"),
    };

    public static FuzzTarget BzImage(string name)
    {
        (GuestMemory memory, PcMemoryLayout layout) = Pc(LinuxMemory);
        return new LoaderTarget(
            name, [Images.BzImage()], LinuxHeaderEnd,
            file => KvmInterop.Machine.Boot.BzImage.Read(file).Load(memory, layout, Options));
    }

    public static FuzzTarget Vmlinux(string name)
    {
        (GuestMemory memory, PcMemoryLayout layout) = Pc(SmallMemory);
        return new LoaderTarget(
            name, [Images.Elf64(), Images.Elf64(), Images.MultibootElf(), Images.ElfOfNotes()], ElfHeadersEnd,
            file =>
            {
                Vmlinux kernel = KvmInterop.Machine.Boot.Vmlinux.Read(file);
                kernel.Load(memory, layout, Options);
                kernel.Load(memory, layout, Options with { UsesLinuxEntry = true });
            });
    }

    public static FuzzTarget Multiboot(string name)
    {
        (GuestMemory memory, PcMemoryLayout layout) = Pc(SmallMemory);
        MultibootModule module = new(Small("module"), "module argument");
        return new LoaderTarget(
            name, [Images.MultibootElf(), Images.MultibootFlat()], MultibootHeadersEnd,
            file => MultibootImage.Read(file).Load(memory, layout, "an argument", module));
    }

    public static FuzzTarget Firmware(string name) => new LoaderTarget(
        name, [new byte[0x1000], new byte[0x2000]], 0x1000, file =>
        {
            // The loader adds a region, so each has memory of its own.
            using GuestMemory memory = new();
            memory.Add(0, PcMemoryLayout.HighMemoryStart);
            KvmInterop.Machine.Boot.Firmware.Load(memory, file);
        });

    public static FuzzTarget Raw(string name)
    {
        GuestMemory memory = new();
        memory.Add(0, 0x1000);
        return new LoaderTarget(name, [new byte[0x1000]], 0x1000, file => RawImage.Load(memory, file));
    }

    /// <summary>What looks at a file to find the loader for it.</summary>
    public static FuzzTarget Detection(string name) => new LoaderTarget(
        name, [Images.BzImage(), Images.Elf64(), Images.MultibootElf(), Images.MultibootFlat(), Images.Arm64()],
        LinuxHeaderEnd, file => BootImageKinds.Detect(file));

    public static FuzzTarget Arm64(string name)
    {
        Arm64MemoryLayout layout = new(LinuxMemory);
        GuestMemory memory = new();
        memory.Add(Arm64MemoryLayout.Start, LinuxMemory);
        return new LoaderTarget(
            name, [Images.Arm64()], Arm64HeaderEnd,
            file => Arm64Image.Read(file).Load(memory, layout, Options.Initrd, _ => new byte[0x100]));
    }

    private static BootFile Small(string name) => BootFile.FromBytes(name, new byte[0x100]);

    private static (GuestMemory Memory, PcMemoryLayout Layout) Pc(ulong size)
    {
        PcMemoryLayout layout = new(size);
        GuestMemory memory = new();
        layout.AddTo(memory);
        return (memory, layout);
    }
}
