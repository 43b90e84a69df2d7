// The smallest arm64 virtual machine: twelve instructions that write "Hello" to a device register.
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.Arm64Hello;
using KvmInterop.Native;
using KvmInterop.Native.Arm64;

uint[] guest =
[
    0xd28132c4, // mov x4, #0x996: the register's address
    0xd2800905, // mov x5, #'H'
    0x39000085, // strb w5, [x4]
    0xd2800ca5, // mov x5, #'e'
    0x39000085, // strb w5, [x4]
    0xd2800d85, // mov x5, #'l'
    0x39000085, // strb w5, [x4]
    0x39000085, // strb w5, [x4]
    0xd2800de5, // mov x5, #'o'
    0x39000085, // strb w5, [x4]
    0xd2800145, // mov x5, #'\n'
    0x39000085, // strb w5, [x4]
];
const ulong GuestAddress = 0x10000; // A multiple of every page size that arm64 has: 4, 16 and 64 KiB.

const string Description = "Runs an arm64 guest that prints Hello, and says each step.";
return Example.Run(args, Description, (device, token) =>
{
    if (RuntimeInformation.ProcessArchitecture != Architecture.Arm64)
    {
        return Example.Complain("the guest is an arm64 one; run this on an arm64 machine");
    }

    int step = 0;
    void Say(string what) => Console.Out.WriteLine($"[{++step}] {what}");

    // Opening checks KVM_GET_API_VERSION; only the version that it asked for comes this far.
    using Kvm kvm = Kvm.Open(device);
    Say($"Opened KVM successfully, fd is {kvm.Fd.Value}");
    Say($"Got KVM version {KvmException.ThrowIfError(
        kvm.Fd.GetApiVersion(), "KVM_GET_API_VERSION", KvmFdKind.System)}");

    using Vm vm = kvm.CreateVm();
    Say($"Created VM successfully, fd is {vm.Fd.Value}");

    using Vcpu vcpu = vm.CreateVcpu();
    Say($"Created vCPU successfully, fd is {vcpu.Fd.Value}");

    // KVM_ARM_VCPU_INIT with the target that KVM_ARM_PREFERRED_TARGET tells: before it there are no
    // registers.
    vcpu.Initialize();
    Say("Set vCPU type to AArch64 (ARMv8)");
    Say($"Initialized kvm_run successfully, {kvm.VcpuMapSize} bytes are mapped");

    // A memory slot is whole pages of the host's, which are 4 KiB, 16 KiB or 64 KiB on arm64.
    byte[] ram = new byte[Environment.SystemPageSize];
    MemoryMarshal.AsBytes<uint>(guest).CopyTo(ram);
    Say($"Loaded the VM's program into the buffer 'ram', {ram.Length} bytes");
    vm.AddMemory(GuestAddress, (ulong)ram.Length);
    vm.Memory.Write(GuestAddress, ram);
    Say("Set the VM's userspace memory to 'ram' on the VM's fd");

    ulong pc = KvmApiArm64.ARM64_CORE_REG(kvm_regs_member.regs.pc);
    vcpu.SetRegister(pc, GuestAddress);
    Say($"Set vCPU PC, it is 0x{vcpu.GetRegister<ulong>(pc):x}");

    using Stream output = Example.OpenOutput();
    RunLoop loop = new(vcpu);
    loop.Mmio.Register("characters", CharacterRegister.Address, 1, new CharacterRegister(output, loop.Stop));
    Say("Run vCPU and print message:");
    VcpuStop stop = loop.Run(token);
    return stop is VcpuStop.Requested ? 0 : Example.Complain($"{stop}", vcpu, vm.Memory);
});
