// A guest that says hello, one character after the other, on I/O port 0xf1, and halts.
using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.HelloPort;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

const int MemorySize = 0x1000;
const ushort Port = 0xf1;

RootCommand command = new("Runs a 16-bit guest that prints characters on port 0xf1.") { GuestImage.Argument };
return Example.Run(args, command, (options, token) =>
{
    // The guest is x86 code, and its registers are set as x86 has them.
    if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
    {
        return Example.Complain("the guest is an x86 one; run this on an x86-64 machine");
    }

    // 1. The guest's program: a file, or the built-in one.
    byte[] image = options.GetValue(GuestImage.Argument) is string path
        ? GuestImage.Read(path, MemorySize)
        : GuestImage.Assemble(guest =>
        {
            foreach (byte character in "Hello\n"u8)
            {
                guest.mov(al, character);
                guest.@out((byte)Port, al);
            }

            guest.hlt();
        });

    // 2. A VM with one page of memory at address 0, and the image in it.
    using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));
    using Vm vm = kvm.CreateVm();
    vm.AddMemory(0, MemorySize);
    vm.Memory.Write(0, image);

    // 3. A processor in real mode, with code segment and instruction pointer at 0.
    using Vcpu vcpu = vm.CreateVcpu();
    kvm_sregs special = vcpu.GetSpecialRegisters();
    special.cs.@base = 0;
    special.cs.selector = 0;
    vcpu.SetSpecialRegisters(in special);
    vcpu.SetRegisters(new kvm_regs { rip = 0, rflags = 2 }); // Bit 1 is always set on x86.

    // 4. The port, and the run.
    using Stream output = Example.OpenOutput();
    RunLoop loop = new(vcpu);
    loop.Pio.Register("characters", Port, 1, new CharacterPort(output));
    using StatisticsView? statistics = StatisticsView.Start(options, vm, loop);
    VcpuStop stop = GuestRun.Run(options, vm, loop, token);

    // 5. How it ended: by a halt, as it should; before it began, by an entry error; or otherwise.
    switch (stop)
    {
        case VcpuStop.Halted:
            Console.Out.WriteLine(stop.ExitReason);
            return 0;
        case VcpuStop.Requested:
            return 0;
        case VcpuStop.FailEntry:
            return Example.Complain($"entry error: {stop}", vcpu, vm.Memory);
        default:
            return Example.Complain($"other error: {stop}", vcpu, vm.Memory);
    }
});
