using Iced.Intel;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Devices;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Rng;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Machine.Machines;

/// <summary>A machine that counts, saved and gone on with, on the real KVM.</summary>
public sealed class PcSnapshotTests : IDisposable
{
    private const uint Entry = 0x10_0000;
    private static readonly PcMachineOptions Small = new() { MemorySize = 4 << 20, HasDebugExit = true };

    private readonly string folder = Path.Combine(Directory.CreateTempSubdirectory("kvminterop-").FullName, "saved");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);

    [SkippableFact]
    public void Restored_machine_goesOnWhereItWas()
    {
        using Kvm kvm = OpenKvm();
        uint count;
        using (PcMachine machine = Counting(kvm, out FirstCharacter counted))
        {
            machine.Start();
            counted.Wait();
            machine.Save(folder);
            count = machine.Memory.Read<uint>(0x200000);
            machine.Stop();
            machine.Wait();
        }

        PcSnapshot saved = PcSnapshot.Open(folder);
        using PcMachine restored = new(kvm, saved, saved.Options);
        restored.AddVirtio(new VirtioRng(restored.Memory, restored.Events));
        uint begins = restored.Memory.Read<uint>(0x200000);
        restored.Start();

        // The guest stops counting when it is sent a character, and tells how far it was by 0xf4.
        restored.Serial.Receive("x"u8);
        MachineOutcome outcome = restored.Wait();

        Assert.InRange(begins, 1u, count);
        Assert.InRange(restored.Memory.Read<uint>(0x200000), begins, uint.MaxValue);
        Assert.Equal(0x5a5au, restored.Memory.Read<uint>(0x200004));
        Assert.Equal(9, Assert.IsType<MachineOutcome.GuestExit>(outcome).Status);
    }

    [SkippableFact]
    public void Saved_machine_goesOnToo()
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = Counting(kvm, out FirstCharacter counted);
        machine.Start();
        counted.Wait();

        machine.Save(folder);
        machine.Save(folder); // A snapshot may be replaced.
        machine.Serial.Receive("x"u8);

        Assert.IsType<MachineOutcome.GuestExit>(machine.Wait());
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(folder)!));
    }

    [SkippableFact]
    public void Restore_withOtherDevices_isRefused()
    {
        using Kvm kvm = OpenKvm();
        SaveSmall(kvm);
        PcSnapshot saved = PcSnapshot.Open(folder);
        using PcMachine machine = new(kvm, saved, saved.Options);
        machine.AddVirtio(new VirtioRng(machine.Memory, machine.Events));

        Assert.Contains("give it the same", Assert.Throws<StateException>(() => machine.Start()).Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Restore_withOtherOptions_isRefused()
    {
        using Kvm kvm = OpenKvm();
        SaveSmall(kvm);
        PcSnapshot saved = PcSnapshot.Open(folder);

        Assert.Throws<ArgumentException>(() => new PcMachine(kvm, saved, saved.Options with { Cpus = 2 }));
    }

    [SkippableFact]
    public void Save_overSomethingElse_isRefused()
    {
        using Kvm kvm = OpenKvm();
        using PcMachine machine = new(kvm, Small);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "mine"), "");

        Assert.Throws<StateException>(() => machine.Save(folder));
        Assert.True(File.Exists(Path.Combine(folder, "mine")));
    }

    [SkippableFact]
    public void Open_ofDamagedDevices_saysSo()
    {
        using Kvm kvm = OpenKvm();
        SaveSmall(kvm);
        string path = Path.Combine(folder, "devices.bin");
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<StateException>(() => PcSnapshot.Open(folder));
        }

        for (int at = 0; at < Math.Min(whole.Length, 40); at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0xff;
            File.WriteAllBytes(path, changed);
            try
            {
                PcSnapshot.Open(folder);
            }
            catch (StateException)
            {
                // Or it is another machine's; in no case another exception.
            }
        }
    }

    [SkippableFact]
    public void Restore_withTheMemoryOfAnotherMachine_isRefused()
    {
        using Kvm kvm = OpenKvm();
        SaveSmall(kvm);
        using (PcMachine larger = new(kvm, Small with { MemorySize = 8 << 20 }))
        {
            larger.Save($"{folder}-2");
        }

        Directory.Delete(Path.Combine(folder, "vm"), recursive: true);
        Directory.Move(Path.Combine($"{folder}-2", "vm"), Path.Combine(folder, "vm"));
        PcSnapshot saved = PcSnapshot.Open(folder);

        Assert.Contains(
            "has other memory than a PC of 4,194,304 bytes",
            Assert.Throws<StateException>(() => new PcMachine(kvm, saved, saved.Options)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ofMemoryThatIsNoWholePages_isRefused()
    {
        byte[] bytes = PcSnapshot.Write(Small with { MemorySize = (4 << 20) + 1 }, []);

        Assert.Contains(
            "no machine has 1 vCPUs and 4,194,305 bytes of memory",
            Assert.Throws<StateException>(() => PcSnapshot.Parse(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ofADevicesNameThatATerminalObeys_isRefused()
    {
        byte[] bytes = PcSnapshot.Write(Small, [("a\u001b[2J", new PostCodePort())]);

        Assert.EndsWith(
            "a device's name has control characters",
            Assert.Throws<StateException>(() => PcSnapshot.Parse(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ofDevicesThatAreAPipeOrALink_isRefusedAndDoesNotWait()
    {
        string path = Path.Combine(Directory.CreateDirectory(folder).FullName, "devices.bin");
        using (var process = System.Diagnostics.Process.Start("mkfifo", path))
        {
            process.WaitForExit();
        }

        Assert.Equal(
            $"{path} is no regular file, as those of a snapshot are: take it from where the snapshot was made",
            Assert.Throws<StateException>(() => PcSnapshot.Open(folder)).Message);
        File.Delete(path);
        File.CreateSymbolicLink(path, "/dev/zero");
        Assert.Equal(
            $"{path} is a symbolic link, which no file of a snapshot is: put the file itself in its place",
            Assert.Throws<StateException>(() => PcSnapshot.Open(folder)).Message);
    }

    [Fact]
    public void Open_ofNothing_saysSo()
    {
        Assert.Throws<StateException>(() => PcSnapshot.Open(folder));
        Assert.Throws<StateException>(() => PcSnapshot.Open(Path.GetDirectoryName(folder)!));
    }

    private void SaveSmall(Kvm kvm)
    {
        using PcMachine machine = new(kvm, Small);
        machine.Save(folder);
    }

    private static PcMachine Counting(Kvm kvm, out FirstCharacter counted)
    {
        counted = new FirstCharacter();
        PcMachine machine = new(kvm, Small with { SerialOutput = counted });
        machine.AddVirtio(new VirtioRng(machine.Memory, machine.Events));
        machine.Memory.Write(Entry, GuestMachine.Assemble(32, Entry, a =>
        {
            Label count = a.CreateLabel();
            a.mov(__dword_ptr[0x200004], 0x5a5a);
            a.inc(__dword_ptr[0x200000]); // Before the character, upon which the machine may be saved at once.
            a.mov(dx, (ushort)0x3f8);
            a.mov(al, (byte)'c');
            a.@out(dx, al);
            a.Label(ref count);
            a.inc(__dword_ptr[0x200000]);
            a.mov(dx, (ushort)0x3fd);
            a.@in(al, dx);
            a.test(al, 1);
            a.jz(count);
            a.mov(eax, 4);
            a.@out(0xf4, eax);
            a.hlt();
        }));
        FlatSegments.Write(machine.Memory, BootAddresses.DescriptorTable);
        machine.StartState = X64StartState.Flat32(Entry);
        return machine;
    }

    private static Kvm OpenKvm()
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        return Kvm.Open();
    }

    private sealed class FirstCharacter : IByteOutput
    {
        private readonly TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Write(ReadOnlySpan<byte> data) => seen.TrySetResult();

        public void Wait() => Assert.True(seen.Task.Wait(TimeSpan.FromSeconds(120)));
    }
}
