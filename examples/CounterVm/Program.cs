// A guest without an end: it counts on port 0x10 until it is told to stop, by a count or by Ctrl-C.
using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.CounterVm;
using KvmInterop.Native;
using KvmInterop.Native.X64;
using static Iced.Intel.AssemblerRegisters;

const int MemorySize = 0x10000; // What 16-bit addresses reach.

Option<long> count = new("--count")
{
    Description = "Stop after this many numbers; 0 goes on until Ctrl-C",
    HelpName = "n",
};
count.Validators.Add(result =>
{
    if (result.Tokens is [{ Value: var text }] && !(long.TryParse(text, out long n) && n >= 0))
    {
        result.AddError($"--count takes a number from 0 up, not '{text}'.");
    }
});
RootCommand command =
    new("Runs a 16-bit guest and prints what it writes to I/O ports.") { GuestImage.Argument, count };
return Example.Run(args, command, (options, token) =>
{
    // The guest is x86 code, and its registers are set as x86 has them.
    if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
    {
        return Example.Complain("the guest is an x86 one; run this on an x86-64 machine");
    }

    // 1. The guest's program: a file, or the built-in counter.
    byte[] image = options.GetValue(GuestImage.Argument) is string path
        ? GuestImage.Read(path, MemorySize)
        : GuestImage.Assemble(guest =>
        {
            Iced.Intel.Label loop = guest.CreateLabel();
            guest.xor(ax, ax);
            guest.Label(ref loop);
            guest.@out(0x10, ax);
            guest.inc(ax);
            guest.jmp(loop);
        });

    // 2. A VM with 64 KiB of memory from address 0, and the image at its start.
    using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));
    using Vm vm = kvm.CreateVm();
    vm.AddMemory(0, MemorySize);
    vm.Memory.Write(0, image);

    // 3. A processor in real mode with all segments at 0, which starts at address 0.
    using Vcpu vcpu = vm.CreateVcpu();
    kvm_sregs special = vcpu.GetSpecialRegisters();
    special.cs = AtZero(special.cs);
    special.ds = AtZero(special.ds);
    special.es = AtZero(special.es);
    special.fs = AtZero(special.fs);
    special.gs = AtZero(special.gs);
    special.ss = AtZero(special.ss);
    vcpu.SetSpecialRegisters(in special);
    vcpu.SetRegisters(new kvm_regs { rip = 0, rflags = 2 }); // Bit 1 is always set on x86.

    // 4. One device that has all ports and prints what comes.
    using StreamWriter output = new(Example.OpenOutput()) { AutoFlush = true };
    RunLoop loop = new(vcpu);
    long most = options.GetValue(count) is > 0 and long n ? n : -1;
    loop.Pio.Register("printer", 0, PrintingPorts.Count, new PrintingPorts(output, most, loop.Stop));

    // 5. Run. Ctrl-C cancels the token, which calls the guest out even from a loop without any exit.
    using StatisticsView? statistics = StatisticsView.Start(options, vm, loop);
    VcpuStop stop = GuestRun.Run(options, vm, loop, token);
    return stop is VcpuStop.Halted or VcpuStop.Requested
        ? 0
        : Example.Complain($"{stop}", vcpu, vm.Memory);
});

static kvm_segment AtZero(kvm_segment segment)
{
    segment.@base = 0;
    segment.selector = 0;
    return segment;
}
