using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Debugging;

/// <summary>The dump for people, of a real x86 vCPU.</summary>
public class RegisterDumpTests
{
    [SkippableFact]
    public void Dump_ofALongModeVcpu_hasNamesBitsCodeAndStack()
    {
        using GuestMachine machine = GuestMachine.LongMode(a =>
        {
            a.mov(rax, 0x1122334455667788);
            a.push(rax);
            a.cmp(eax, eax);
            a.hlt();
        });
        machine.Loop.Run();

        string text = RegisterDump.Take(machine.Vcpu, machine.Vm.Memory).ToString();

        Assert.StartsWith("vCPU 0\nrax 1122334455667788  rbx ", text, StringComparison.Ordinal);
        Assert.Matches(@"\nrip 000000000000100e  flags [0-9a-f]{8} \[P Z\] iopl 0  64-bit code\n", text);
        Assert.Matches(@"\ncs  0008 base 0{16} limit [0-9a-f]{8} type [0-9a-f] dpl 0 P S L", text);
        Assert.Matches(@"\ncr0 [0-9a-f]{8} \[PE .*PG\]  cr4 [0-9a-f]{8} \[.*PAE.*\]\n", text);
        Assert.Contains("cr3 000000000000a000", text, StringComparison.Ordinal);
        Assert.Contains("[LME LMA]", text, StringComparison.Ordinal);
        Assert.Contains("\ncode at 100e: 00 00", text, StringComparison.Ordinal);
        Assert.Contains("\nstack at 7ff8: 1122334455667788 ", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Dump_withoutMemory_leavesCodeAndStackOut()
    {
        using GuestMachine machine = GuestMachine.RealMode(a => a.hlt());

        string text = RegisterDump.Take(machine.Vcpu).ToString();

        Assert.Contains("  16-bit code\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("code at", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Dump_atAnAddressWithoutMemory_saysSo()
    {
        using GuestMachine machine = GuestMachine.ProtectedModeWithoutInterrupts(a => a.hlt());
        machine.Vcpu.SetRegisters(new() { rip = 0x5000_0000, rsp = 0xfffc, rflags = 2 });
        using StringWriter writer = new();

        RegisterDump.Take(machine.Vcpu, machine.Vm.Memory).Write(writer);
        string text = writer.ToString();

        Assert.Contains("code at 50000000: not mapped to memory\n", text, StringComparison.Ordinal);
        Assert.Contains("stack at fffc: 00000000\n", text, StringComparison.Ordinal);
    }
}
