using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Fdt;

namespace KvmInterop.Machine.Machines;

/// <summary>
/// What an arm64 kernel is told of the machine: nodes by the kernel's Documentation/devicetree/bindings.
/// </summary>
internal sealed class Arm64Description
{
    // bindings/interrupt-controller/arm,gic-v3.yaml: the kinds of interrupts, and how they are triggered.
    private const uint Shared = 0;
    private const uint Private = 1;
    private const uint LevelHigh = 4;

    // The interrupts of the generic timer that KVM has, of the 16 private ones: secure, non-secure, virtual
    // and the hypervisor's (Arm's Base System Architecture, 3.8.1).
    private static readonly uint[] TimerInterrupts = [13, 14, 11, 10];

    // PL011 and PL031 are clocked by something, which does nothing here.
    private const uint ClockFrequency = 24_000_000;

    private readonly DeviceTree tree = new();
    private readonly FdtNode clock;

    internal Arm64Description(ulong memorySize, ReadOnlySpan<ulong> mpidrs, ReadOnlySpan<byte> seed)
    {
        FdtNode root = tree.Root;
        root.SetStrings("compatible", "linux,dummy-virt");
        root.SetStrings("model", "KvmInterop arm64 machine");
        Chosen = root.AddNode("chosen");
        Chosen.SetBytes("rng-seed", seed);
        Chosen.SetBytes("kaslr-seed", seed[..sizeof(ulong)]);
        FdtNode memory = root.AddDevice("memory", Arm64MemoryLayout.Start, memorySize);
        memory.SetStrings("device_type", "memory");
        AddCpus(mpidrs);
        FdtNode psci = root.AddNode("psci");
        psci.SetStrings("compatible", "arm,psci-1.0", "arm,psci-0.2");
        psci.SetStrings("method", "hvc");
        AddInterruptController(mpidrs.Length);
        AddTimer();
        clock = root.AddNode("clock");
        clock.SetStrings("compatible", "fixed-clock");
        clock.SetCells("#clock-cells", 0);
        clock.SetCells("clock-frequency", ClockFrequency);
        AddSerial();
        FdtNode rtc = AddPrimeCell(
            "rtc", Arm64Addresses.Clock, Pl031.Size, Arm64Addresses.ClockInterrupt, "arm,pl031");
        rtc.SetCells("clocks", clock.Phandle);
        rtc.SetStrings("clock-names", "apb_pclk");
    }

    private FdtNode Chosen { get; }

    internal void AddVirtio(ulong address, ulong size, uint interrupt)
    {
        FdtNode node = tree.Root.AddDevice("virtio_mmio", address, size);
        node.SetStrings("compatible", "virtio,mmio");
        node.SetCells("interrupts", Shared, interrupt, LevelHigh);
        node.Set("dma-coherent");
    }

    /// <summary>The flattened tree for one start.</summary>
    internal byte[] ToBytes(string commandLine, GuestPageRange? initrd)
    {
        Chosen.SetStrings("bootargs", commandLine);
        if (initrd is GuestPageRange range)
        {
            Chosen.SetCells64("linux,initrd-start", range.Address);
            Chosen.SetCells64("linux,initrd-end", range.Address + range.Size);
        }

        return tree.ToBytes();
    }

    private void AddCpus(ReadOnlySpan<ulong> mpidrs)
    {
        // bindings/arm/cpus.yaml: one cell, bits 0 to 23, as long as Aff3 is 0, which KVM's are.
        FdtNode cpus = tree.Root.AddNode("cpus");
        cpus.SetCells("#address-cells", 1);
        cpus.SetCells("#size-cells", 0);
        foreach (ulong mpidr in mpidrs)
        {
            uint affinity = (uint)mpidr & 0xff_ffff;
            FdtNode cpu = cpus.AddNode($"cpu@{affinity:x}");
            cpu.SetStrings("device_type", "cpu");
            cpu.SetStrings("compatible", "arm,armv8");
            cpu.SetStrings("enable-method", "psci");
            cpu.SetCells("reg", affinity);
        }
    }

    private void AddInterruptController(int cpus)
    {
        FdtNode gic = tree.Root.AddNode($"interrupt-controller@{Arm64Addresses.Distributor:x}");
        gic.SetStrings("compatible", "arm,gic-v3");
        gic.SetCells("#interrupt-cells", 3);
        gic.SetCells("#address-cells", 2);
        gic.SetCells("#size-cells", 2);
        gic.Set("interrupt-controller");
        gic.Set("ranges");
        gic.SetCells64(
            "reg", Arm64Addresses.Distributor, Arm64Addresses.DistributorSize, Arm64Addresses.Redistributors,
            (ulong)cpus * Arm64Addresses.RedistributorSize);
        tree.Root.SetCells("interrupt-parent", gic.Phandle);
    }

    private void AddTimer()
    {
        FdtNode timer = tree.Root.AddNode("timer");
        timer.SetStrings("compatible", "arm,armv8-timer");
        timer.Set("always-on");
        timer.SetCells(
            "interrupts", [.. TimerInterrupts.SelectMany(number => new[] { Private, number, LevelHigh })]);
    }

    private void AddSerial()
    {
        FdtNode serial = AddPrimeCell(
            "serial", Arm64Addresses.Serial, Pl011.Size, Arm64Addresses.SerialInterrupt, "arm,pl011");
        serial.SetCells("clocks", clock.Phandle, clock.Phandle);
        serial.SetStrings("clock-names", "uartclk", "apb_pclk");
        Chosen.SetStrings("stdout-path", $"/{serial.Name}");
    }

    private FdtNode AddPrimeCell(string name, ulong address, ulong size, uint interrupt, string compatible)
    {
        FdtNode node = tree.Root.AddDevice(name, address, size);
        node.SetStrings("compatible", compatible, "arm,primecell");
        node.SetCells("interrupts", Shared, interrupt, LevelHigh);
        return node;
    }
}
