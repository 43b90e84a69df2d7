// Boots Linux on a PC of this library's own devices, with the serial port as its console.
using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.LinuxVm;
using KvmInterop.Examples.Machines;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Machines;

RootCommand command = Options.Command;
return Example.Run(args, command, (options, token) =>
{
    // The machine is a PC, and its vCPUs are set as x86 has them.
    if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
    {
        return Example.Complain("the machine is a PC; run this on an x86-64 machine");
    }

    // 1. What can this host do, and what of the request can it not? That is all, if it was the question.
    using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));
    if (options.GetValue(MachineOptions.Check))
    {
        return Checking.Print(kvm, options);
    }

    try
    {
        // 2. The machine, new or saved: memory, vCPUs, devices, and where its consoles go.
        PcSnapshot? saved = options.GetValue(MachineOptions.Restore) is string from ? PcSnapshot.Open(from) : null;
        using Consoles consoles = Consoles.Open(options, "COM1");
        using PcMachine machine = Making.Make(kvm, saved, options, consoles.SerialOutput);
        consoles.Attach(machine);
        Attaching.Attach(machine, options);
        using Balloon? balloon = Balloon.Attach(machine, options);

        // 3. The kernel with its file system and command line, and how the first vCPU begins.
        if (saved is null)
        {
            machine.StartState = Loading.Load(machine, options);
        }

        // 4. Run until the guest ends it, or Ctrl-A x on a terminal. What is typed goes to it. Say how it ended.
        return MachineRun.Run(options, machine, consoles, machine.Serial, machine.PressPowerButton, token);
    }
    catch (Exception e) when (e is BootImageException or StateException)
    {
        throw new ExampleException(e.Message);
    }
});
