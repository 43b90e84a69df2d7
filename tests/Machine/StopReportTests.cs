using KvmInterop.Machine;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine;

/// <summary>The report on a real vCPU that failed.</summary>
public class StopReportTests
{
    [SkippableFact]
    public void Report_ofATripleFault_hasReasonRegistersAndTheInstruction()
    {
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.mov(eax, 0x1234);
            a.ud2();
        });
        VcpuStop stop = machine.Loop.Run();

        string text = StopReport.Take(machine.Vcpu, machine.Vm.Memory, stop).ToString();

        if (Requires.ResetsAtATripleFault)
        {
            Assert.StartsWith(
                $"{stop}\nthe vCPU is in its reset state: kvm-amd resets it at a triple fault, and what it did is lost\n"
                + "vCPU 0\n",
                text, StringComparison.Ordinal);
            return;
        }

        Assert.StartsWith(stop.ToString() + "\nvCPU 0\nrax 0000000000001234", text, StringComparison.Ordinal);
        Assert.Contains("\n=> 0000000000001005  0f 0b ", text, StringComparison.Ordinal);
        Assert.Contains("ud2\n", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Disassembly_inRealMode_usesTheSegment()
    {
        using GuestMachine machine = GuestMachine.RealMode(a => a.hlt());
        machine.Vcpu.SetRegisters(new() { rip = GuestMachine.Entry, rflags = 2 });

        Assert.StartsWith(
            "=> 0000000000001000  f4 ", Disassembly.Of(machine.Vcpu, machine.Vm.Memory, instructions: 1),
            StringComparison.Ordinal);
    }
}
