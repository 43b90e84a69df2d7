// Boots Linux on an arm64 machine of this library's own devices, with the serial port as its console.
using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.Arm64Linux;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Block;
using KvmInterop.Machine.Virtio.Rng;

return Example.Run(args, Options.Command, (options, token) =>
{
    if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64)
    {
        return Example.Complain("the machine is an arm64 one; run this on an arm64 machine");
    }

    try
    {
        // 1. The kernel: what it says of itself is checked before there is a machine.
        using BootFile kernel = BootFile.Open(options.GetRequiredValue(Options.Kernel), "kernel");
        Arm64Image image = Arm64Image.Read(kernel);
        string? initrdPath = options.GetValue(Options.Initrd);
        using BootFile? initrd = initrdPath is null ? null : BootFile.Open(initrdPath, "initrd");

        // 2. The machine: memory, vCPUs, a GICv3 and timers in the kernel, a PL011 and a PL031.
        using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));
        using Stream terminal = Example.OpenOutput();
        using StreamOutput output = new(terminal);
        using EventLoop disks = new();
        disks.Start();
        using Arm64Machine machine = new(kvm, new Arm64MachineOptions
        {
            MemorySize = (ulong)options.GetRequiredValue(Options.Memory) << 20,
            Cpus = options.GetRequiredValue(Options.Cpus),
            SerialOutput = output,
        });

        // 3. Virtio devices: random numbers, and disks, which may block and have a thread of their own.
        machine.AddVirtio(new VirtioRng(machine.Memory, machine.Events));
        foreach (string disk in options.GetValue(Options.Disks) ?? [])
        {
            machine.AddVirtio(new VirtioBlock(machine.Memory, disks, Disk.Open(disk)));
        }

        // 4. Kernel, device tree and file system into memory.
        machine.Load(image, options.GetRequiredValue(Options.Append), initrd);

        // 5. Run until the guest ends it, or Ctrl-C. What is typed goes to the serial port.
        using StatisticsView? statistics = StatisticsView.Start(options, machine.Vm, machine.Loops);
        SerialInput.Start(Console.OpenStandardInput(), machine.Serial);
        machine.Start(token);

        // The token ends the machine, which is waited for.
        return Ending.Tell(machine.Wait(CancellationToken.None));
    }
    catch (BootImageException e)
    {
        throw new ExampleException(e.Message);
    }
});
