using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Boot;

/// <summary>Loaders' results on the real KVM: a kernel of our own looks at what it was started with.</summary>
public sealed class BootedImageTests
{
    [SkippableFact]
    public void BzImage_64BitEntry_findsItsParameters()
    {
        byte[] kernel = GuestMachine.Assemble(64, 0x100200, a =>
        {
            a.mov(eax, __dword_ptr[rsi + 0x202]); // "HdrS", from the header
            a.@out(0x10, eax);
            a.mov(ebx, __dword_ptr[rsi + 0x228]); // cmd_line_ptr
            a.mov(eax, __dword_ptr[rbx]);
            a.@out(0x10, eax);
            a.push(rax); // There is a stack.
            a.hlt();
        });

        Assert.Equal([0x53726448, 0x64636261], Run(new TestBzImage(kernel)));
    }

    [SkippableFact]
    public void BzImage_32BitEntry_findsItsParameters()
    {
        byte[] kernel = GuestMachine.Assemble(32, 0x100000, a =>
        {
            a.mov(eax, __dword_ptr[esi + 0x202]);
            a.@out(0x10, eax);
            a.mov(ebx, __dword_ptr[esi + 0x228]);
            a.mov(eax, __dword_ptr[ebx]);
            a.@out(0x10, eax);
            a.mov(eax, 0x18); // The segments are those of the table in memory.
            a.mov(ds, ax);
            a.push(eax);
            a.hlt();
        });

        Assert.Equal([0x53726448, 0x64636261], Run(new TestBzImage(code32: kernel)));
    }

    [SkippableFact]
    public void Vmlinux_byPvh_findsItsStartInformation()
    {
        byte[] kernel = GuestMachine.Assemble(32, 0x1000000, a =>
        {
            a.mov(eax, __dword_ptr[ebx]); // The magic number of hvm_start_info
            a.@out(0x10, eax);
            a.mov(ecx, __dword_ptr[ebx + 24]); // cmdline_paddr
            a.mov(eax, __dword_ptr[ecx]);
            a.@out(0x10, eax);
            a.hlt();
        });
        TestElf image = new(is64: true, kernel, address: 0x1000000, note: 0x1000000);

        Assert.Equal([0x336ec578, 0x64636261], Run(memory => Vmlinux.Read(image.File).Load(
            memory, new PcMemoryLayout(64 << 20), new LinuxBootOptions { CommandLine = "abcd" })));
    }

    [SkippableFact]
    public void Vmlinux_byLinuxsEntry_findsItsParameters()
    {
        byte[] kernel = GuestMachine.Assemble(64, 0x1000000, a =>
        {
            a.mov(eax, __dword_ptr[rsi + 0x202]);
            a.@out(0x10, eax);
            a.mov(ebx, __dword_ptr[rsi + 0x228]);
            a.mov(eax, __dword_ptr[rbx]);
            a.@out(0x10, eax);
            a.hlt();
        });
        TestElf image = new(is64: true, kernel, address: 0x1000000);

        Assert.Equal([0x53726448, 0x64636261], Run(memory => Vmlinux.Read(image.File).Load(
            memory, new PcMemoryLayout(64 << 20), new LinuxBootOptions { CommandLine = "abcd" })));
    }

    [SkippableFact]
    public void Firmware_start_isTheResetVector()
    {
        byte[] rom = new byte[0x10000];
        byte[] code = GuestMachine.Assemble(16, 0x8000, a =>
        {
            a.mov(ax, cs);
            a.@out(0x10, ax);
            a.mov(ax, __word_ptr.cs[0x100]); // Through the code segment's base, which is near 4 GiB at first.
            a.@out(0x10, ax);
            a.hlt();
        });
        code.CopyTo(rom, 0x8000);
        rom[0x100] = 0xfe;
        rom[0x101] = 0xca;
        byte[] jump = [0xe9, 0x0d, 0x80]; // At 0xfff0: jmp 0x8000
        jump.CopyTo(rom, 0xfff0);

        Assert.Equal([0xf000u, 0xcafeu], Run(memory => Firmware.Load(memory, BootFile.FromBytes("rom", rom))));
    }

    [SkippableFact]
    public void RealMode_start_isAtSegmentAndOffset()
    {
        byte[] program = GuestMachine.Assemble(16, 0x10, a =>
        {
            a.mov(ax, cs);
            a.@out(0x10, ax);
            a.mov(ax, __word_ptr[0x100]);
            a.@out(0x10, ax);
            a.hlt();
        });

        Assert.Equal([0x800u, 0xcafeu], Run(memory =>
        {
            memory.Write(0x8010, program);
            memory.Write<ushort>(0x8100, 0xcafe);
            return X64StartState.RealMode(0x800, 0x10);
        }));
    }

    private static uint[] Run(TestBzImage image) => Run(memory => BzImage.Read(image.File).Load(
        memory, new PcMemoryLayout(64 << 20), new LinuxBootOptions { CommandLine = "abcd" }));

    private static uint[] Run(Func<GuestMemory, X64StartState> load)
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        using Kvm kvm = Kvm.Open();
        using Vm vm = kvm.CreateVm();
        new PcMemoryLayout(64 << 20).AddTo(vm.Memory);
        X64StartState start = load(vm.Memory);
        using Vcpu vcpu = vm.CreateVcpu();
        vcpu.SetCpuid(PcCpu.Cpuid(CpuidTable.From(kvm.GetSupportedCpuid()), 0, 1, hasDeadlineTimer: false));
        PcCpu.Initialize(vcpu, hasLapic: false);
        start.Apply(vcpu);
        List<uint> values = [];
        RunLoop loop = new(vcpu);
        loop.Pio.Register("values", 0x10, 4, BusDevice.FromDelegates(null, (_, data) =>
            values.Add(data.Length == 4 ? BitConverter.ToUInt32(data) : BitConverter.ToUInt16(data))));
        Assert.IsType<VcpuStop.Halted>(loop.Run());
        return [.. values];
    }
}
