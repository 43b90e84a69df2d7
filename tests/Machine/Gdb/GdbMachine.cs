using System.Diagnostics;
using KvmInterop.Machine;
using KvmInterop.Native.X64;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Gdb;

/// <summary>A real guest that counts in memory for ever, on one vCPU or two, and a real GDB for it.</summary>
internal sealed class GdbMachine : IDisposable
{
    /// <summary>The first instruction after <c>mov eax, 1</c>: <c>inc dword [Counter]</c>.</summary>
    public const ulong Loop = GuestMachine.Entry + 5;

    /// <summary>The instruction after it: <c>add rbx, 2</c>.</summary>
    public const ulong Second = Loop + 7;

    /// <summary>Where the guest counts, a 32-bit number for each vCPU.</summary>
    public const ulong Counter = 0x9000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string gdb;
    private readonly GuestMachine machine;
    private readonly Vcpu? second;
    private readonly GdbServer server;

    public GdbMachine(int vcpus = 1)
    {
        gdb = Requires.Tool("gdb");
        machine = GuestMachine.LongMode(a =>
        {
            a.mov(eax, 1);
            a.AnonymousLabel();
            a.inc(__dword_ptr[(uint)Counter]);
            a.add(rbx, 2);
            a.jmp(a.B);
        });
        Group = new VcpuGroup(machine.Loop);
        if (vcpus == 2)
        {
            second = machine.Vm.CreateVcpu(1);
            kvm_sregs special = machine.Vcpu.GetSpecialRegisters();
            second.SetSpecialRegisters(in special);
            second.SetRegisters(new kvm_regs { rip = Loop, rsp = 0x7000, rflags = 2, rax = 0x77 });
            Group.Add(new RunLoop(second));
        }

        server = GdbServer.Listen(new VmGdbTarget(Group, Memory));
    }

    public VcpuGroup Group { get; }

    public GuestMemory Memory => machine.Vm.Memory;

    public Vcpu Vcpu => machine.Vcpu;

    /// <summary>Runs GDB with these commands, after it has connected; its output.</summary>
    public string Debug(params ReadOnlySpan<string> commands)
    {
        Task<string> output = Begin(commands, out _);
        return End(output);
    }

    /// <summary>As <see cref="Debug"/>, with Ctrl-C for GDB once the guest has counted to this.</summary>
    public string DebugAndInterrupt(uint count, params ReadOnlySpan<string> commands)
    {
        Task<string> output = Begin(commands, out Process process);
        WaitForCount(count);
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        kill.WaitForExit();
        return End(output);
    }

    /// <summary>Waits until the guest, which runs, has counted further.</summary>
    public void WaitForCount(uint count)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (Memory.Read<uint>(Counter) < count)
        {
            Assert.True(waited.Elapsed < Patience, "the guest does not count");
            Thread.Sleep(5);
        }
    }

    public void Dispose()
    {
        server.Dispose();
        Group.Dispose();
        second?.Dispose();
        machine.Dispose();
    }

    private Task<string> Begin(ReadOnlySpan<string> commands, out Process process)
    {
        ProcessStartInfo start = new(gdb, ["-nx", "-batch", "-ex", $"target remote 127.0.0.1:{server.Port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (string command in commands)
        {
            start.ArgumentList.Add("-ex");
            start.ArgumentList.Add(command);
        }

        Process started = Process.Start(start)!;
        process = started;
        started.StandardInput.Close();
        Task<string> errors = started.StandardError.ReadToEndAsync();
        return ReadAsync();

        async Task<string> ReadAsync()
        {
            string output = await started.StandardOutput.ReadToEndAsync();
            output += await errors;
            await started.WaitForExitAsync();
            started.Dispose();
            return output;
        }
    }

    private static string End(Task<string> output)
    {
        Assert.True(output.Wait(Patience), "gdb does not come to its end");
        return output.Result;
    }
}
