// Two processors in one VM, which take turns through a word of the memory that they share.
using System.CommandLine;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.TwoVcpus;
using KvmInterop.Native.X64;

const ulong MemorySize = 0x10000;

Option<int> rounds = NumberOption.Create(
    "--rounds", "How often each of them has its turn", 3, 1, ushort.MaxValue);
RootCommand command = new("Runs a VM with two processors that play ping-pong.") { rounds };
return Example.Run(args, command, (options, token) =>
{
    // The guest is x86 code, and its registers are set as x86 has them.
    if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
    {
        return Example.Complain("the guest is an x86 one; run this on an x86-64 machine");
    }

    // 1. A VM with memory, which both processors see, and one program for both in it.
    using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));
    using Vm vm = kvm.CreateVm();
    vm.AddMemory(0, MemorySize);
    vm.Memory.Write(Players.Entry, Players.Program());

    // 2. One bus for both. A device on it may be called by both at once, each on its own thread; this one
    //    asks which processor it serves, and takes a lock for the line that it writes.
    PioBus ports = new();
    using StreamWriter output = new(Example.OpenOutput()) { AutoFlush = true };
    ports.Register("table", Players.Port, 1, BusDevice.FromDelegates(null, (_, data) =>
    {
        uint player = VcpuThread.Current!.Vcpu.Id;
        lock (output)
        {
            output.WriteLine($"vCPU {player}: {(player == 0 ? "ping" : "pong")}");
        }
    }));

    // 3. Two processors that differ in their registers only: who they are, and how many turns they have.
    //    There is no interrupt controller, so that both begin at once, and a halt is the end of a run.
    using Vcpu first = vm.CreateVcpu(0);
    using Vcpu second = vm.CreateVcpu(1);
    SetUp(first);
    SetUp(second);

    // 4. A thread for each. The group ends with the last of them; what one of them fails with ends both.
    using VcpuGroup group = new(new RunLoop(first, ports), new RunLoop(second, ports));
    using StatisticsView? statistics =
        StatisticsView.Start(options, vm, [.. group.Threads.Select(thread => thread.Loop)]);
    using IDisposable? debugger = GuestRun.Start(options, vm, group, token);
    VcpuGroupResult result = group.Wait(CancellationToken.None); // Ctrl-C ends the group, and then the wait.

    // 5. Both have halted. What they have counted together is in the memory, for us as for them.
    switch (result.Stop)
    {
        case VcpuStop.Halted:
            output.WriteLine($"{vm.Memory.Read<ushort>(Players.Turns)} turns");
            return 0;
        case VcpuStop.Requested:
            return 0;
        default:
            return Example.Complain($"{result}", result.Thread!.Vcpu, vm.Memory);
    }

    void SetUp(Vcpu vcpu)
    {
        kvm_sregs special = vcpu.GetSpecialRegisters();
        special.cs.@base = 0;
        special.cs.selector = 0;
        vcpu.SetSpecialRegisters(in special);
        vcpu.SetRegisters(new kvm_regs
        {
            rip = Players.Entry,
            rbx = vcpu.Id,
            rcx = (ulong)options.GetValue(rounds),
            rflags = 2, // Bit 1 is always set on x86.
        });
    }
});
