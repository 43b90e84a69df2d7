// A virtual machine that computes 2 + 2: a page of memory, a processor, a program of twelve bytes, and a
// serial port.
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.HelloVm;
using KvmInterop.Native;
using KvmInterop.Native.X64;

// For 16-bit real mode: prints the sum of al and bl as a digit and a newline on the serial port, and halts.
byte[] guest =
[
    0xba, 0xf8, 0x03, // mov dx, 0x3f8
    0x00, 0xd8,       // add al, bl
    0x04, (byte)'0',  // add al, '0'
    0xee,             // out dx, al
    0xb0, (byte)'\n', // mov al, '\n'
    0xee,             // out dx, al
    0xf4,             // hlt
];
const ulong GuestAddress = 0x1000; // The second page: the first has the real-mode interrupt table.
const ulong PageSize = 0x1000;

return Example.Run(args, "Runs a virtual machine that adds 2 and 2.", (options, token) =>
{
    // The guest is x86 code, and its registers are set as x86 has them.
    if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
    {
        return Example.Complain("the guest is an x86 one; run this on an x86-64 machine");
    }

    // 1. Open KVM. This checks KVM_GET_API_VERSION; guest memory of our own needs KVM_CAP_USER_MEMORY.
    using Kvm kvm = Kvm.Open(options.Device);
    kvm.Require(KvmCapability.KVM_CAP_USER_MEMORY);

    // 2. A VM with one page of memory (KVM_SET_USER_MEMORY_REGION), and the program in it.
    using Vm vm = kvm.CreateVm();
    vm.AddMemory(GuestAddress, PageSize);
    vm.Memory.Write(GuestAddress, guest);

    // 3. A processor. It would start at the reset vector, far from here; code segment 0 makes addresses plain.
    using Vcpu vcpu = vm.CreateVcpu();
    kvm_sregs special = vcpu.GetSpecialRegisters();
    special.cs.@base = 0;
    special.cs.selector = 0;
    vcpu.SetSpecialRegisters(in special);
    vcpu.SetRegisters(new kvm_regs
    {
        rip = GuestAddress,
        rax = 2,
        rbx = 2,
        rflags = 2, // Bit 1 is always set on x86.
    });

    // 4. The serial port, a device on the bus of I/O ports.
    PioBus ports = new();
    using Stream output = Example.OpenOutput();
    ports.Register("serial port", SerialOut.Port, SerialOut.Registers, new SerialOut(output));

    // 5. Run until the guest halts. Anything else, such as KVM_EXIT_FAIL_ENTRY, is an error with its reason.
    RunLoop loop = new(vcpu, ports);
    using StatisticsView? statistics = StatisticsView.Start(options, vm, loop);
    VcpuStop stop = GuestRun.Run(options, vm, loop, token);
    return stop is VcpuStop.Halted or VcpuStop.Requested
        ? 0
        : Example.Complain($"{stop}", vcpu, vm.Memory);
});
