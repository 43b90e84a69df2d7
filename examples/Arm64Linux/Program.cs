// Boots Linux on an arm64 machine of this library's own devices, with the serial port as its console.
using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.Arm64Linux;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Machines;

return Example.Run(args, Options.Command, (options, token) =>
{
    if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64)
    {
        return Example.Complain("the machine is an arm64 one; run this on an arm64 machine");
    }

    // 1. What can this host do, and what of the request can it not? That is all, if it was the question.
    using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));
    if (options.GetValue(MachineOptions.Check))
    {
        return Checking.Print(kvm, options);
    }

    if (Checking.CheckCount(options) is string many)
    {
        throw new ExampleException(many);
    }

    try
    {
        // 2. The machine, new or saved: memory, vCPUs, a GICv3 and timers in the kernel, a PL011 and a PL031.
        Arm64Snapshot? saved =
            options.GetValue(MachineOptions.Restore) is string from ? Arm64Snapshot.Open(from) : null;
        using Consoles consoles = Consoles.Open(options, "the serial port");
        using Arm64Machine machine = saved is not null
            ? new Arm64Machine(kvm, saved, saved.Options with { SerialOutput = consoles.SerialOutput })
            : new Arm64Machine(kvm, new Arm64MachineOptions
            {
                MemorySize = options.GetValue(Options.Memory) ?? MachineOptions.DefaultMemory,
                Cpus = options.GetRequiredValue(Options.Cpus),
                SerialOutput = consoles.SerialOutput,
            });

        // 3. Virtio devices; those that may block have a thread of their own.
        consoles.Attach(machine);
        Attaching.Attach(machine, options);
        using Balloon? balloon = Balloon.Attach(machine, options);

        // 4. Kernel, device tree and file system into memory; a saved machine has them there.
        if (saved is null)
        {
            Loading.Load(machine, options);
        }

        // 5. Run until the guest ends it, or Ctrl-A x on a terminal. What is typed goes to it. Say how it ended.
        return MachineRun.Run(options, machine, consoles, machine.Serial, powerButton: null, token);
    }
    catch (Exception e) when (e is BootImageException or StateException)
    {
        throw new ExampleException(e.Message);
    }
});
