// What a virtual machine monitor consists of, without an operating system in it: a chipset, a thread for each
// processor, memory, devices from the command line, interrupts by two controllers, a main loop of events.
using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.MiniMachine;
using KvmInterop.Machine.Devices;
using KvmInterop.Native.X64;
using Microsoft.Win32.SafeHandles;

const ulong MemorySize = 0x10000;
const int StandardInput = 0;

MachineOptions machine = new();
RootCommand command = new("Runs a machine with processors, memory, devices, interrupts and a main loop.")
{
    machine.Cpus, machine.Ticks, machine.Devices,
};
return Example.Run(args, command, (options, token) =>
{
    // The guest is x86 code, and its registers are set as x86 has them.
    if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
    {
        return Example.Complain("the guest is an x86 one; run this on an x86-64 machine");
    }

    // 1. The chipset. KVM has interrupt controllers of its own: two 8259A (the PIC), an I/O APIC, and a local
    //    APIC for each processor that is made after this (KVM_CREATE_IRQCHIP).
    using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));
    using Vm vm = kvm.CreateVm();
    vm.CreateIrqChip();

    // 2. Guest-physical memory is virtual memory of this process (KVM_SET_USER_MEMORY_REGION). The guest's
    //    programs and its table of interrupt vectors go there, as firmware would put them.
    vm.AddMemory(0, MemorySize);
    Guest.Load(vm.Memory);

    // 3. The main loop: what is to happen outside of the processors' threads happens on this one, when a file
    //    of the host has something.
    using Disposables parts = new();
    using EventLoop events = new();

    // 4. Processors. The first begins at the guest's entry. The others wait, inside KVM_RUN, until the
    //    first sends them INIT and SIPI, as on a real board. Each has a thread, which alternates between the
    //    guest and the devices that the guest asks for.
    int count = options.GetValue(machine.Cpus);
    PioBus ports = new();
    RunLoop[] loops =
    [
        .. Enumerable.Range(0, count).Select(id => new RunLoop(parts.Add(vm.CreateVcpu((uint)id)), ports)),
    ];
    Guest.Start(loops[0].Vcpu);
    using VcpuGroup processors = new(loops);

    // 5. What every machine has: text output, a board that tells the guest of its machine, and the switch. A
    //    device knows offset and bytes; where it is, the bus knows. The switch ends all threads.
    using Stream output = Example.OpenOutput();
    ports.Register("console", Guest.ConsolePort, 1, BusDevice.FromDelegates(
        null, (_, data) => output.Write(data)));
    ports.Register("board", Guest.BoardPorts, Guest.BoardSize, BusDevice.FromRegisters<ushort>(
        register => register switch
        {
            Guest.ThisCpu => (ushort)VcpuThread.Current!.Vcpu.Id,
            Guest.CpuCount => (ushort)count,
            Guest.TickCount => (ushort)options.GetValue(machine.Ticks),
            _ => 0,
        },
        null));
    ports.Register("power switch", Guest.PowerPort, 1, BusDevice.FromDelegates(
        null, (_, _) => processors.Stop(new MachineEnd.PowerOff("power switch"))));

    // 6. Devices from the command line. Timer and keyboard wait in the main loop for the host, and tell the
    //    guest by an interrupt: a wire, of which they know but the level. Line 5 goes through the PIC,
    //    line 1 through the I/O APIC. A device that is not there reads as all ones, and never interrupts.
    string[] names = options.GetRequiredValue(machine.Devices);
    if (names.Contains(MachineOptions.Timer))
    {
        TimerDevice timer = parts.Add(new TimerDevice(events, vm.CreateIrqLine(Guest.TimerLine)));
        ports.Register("timer", Guest.TimerPorts, TimerDevice.Size, timer);
    }

    if (names.Contains(MachineOptions.Keyboard))
    {
        FileStream input = parts.Add(new FileStream(
            new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0));
        KeyboardDevice keyboard =
            parts.Add(new KeyboardDevice(events, input, vm.CreateIrqLine(Guest.KeyboardLine)));
        ports.Register("keyboard", Guest.KeyboardPort, 1, keyboard);
    }

    // 7. Run: the threads in the guest, this thread in the main loop, until the last processor has ended.
    using StatisticsView? statistics = StatisticsView.Start(options, vm, loops);
    using IDisposable? debugger = GuestRun.Start(options, vm, processors, token);
    _ = processors.Completion.ContinueWith(_ => events.Stop(), TaskScheduler.Default);
    events.Run(CancellationToken.None); // Ctrl-C ends the processors, and they the loop.

    // 8. Why it ended: the guest switched itself off, somebody stopped it, or a processor failed.
    VcpuGroupResult result = processors.Wait(CancellationToken.None);
    switch (result.Stop)
    {
        case VcpuStop.ByDevice { Reason: MachineEnd.PowerOff end }:
            Console.Out.WriteLine($"The guest has switched itself off ({end.Device}).");
            return 0;
        case VcpuStop.Requested:
            return 0;
        default:
            return Example.Complain($"{result}", result.Thread!.Vcpu, vm.Memory);
    }
});
