using System.Runtime.InteropServices;
using System.Text;
using KvmInterop.Machine.Boot;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio.Block;

namespace KvmInterop.Tests.Machine.Guests;

/// <summary>A PC with somebody else's firmware, and a dialogue with it.</summary>
internal sealed class FirmwareMachine : IDisposable
{
    // Only so that a guest that stands still fails a test; some seconds are usual.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Kvm kvm;
    private readonly PcMachine machine;
    private readonly CancellationTokenSource limit = new(Patience);

    /// <param name="rom">A file that a package of Debian has.</param>
    /// <param name="package">That package.</param>
    /// <param name="floppy">A floppy disk that SeaBIOS boots from, or null.</param>
    /// <param name="disk">The file of a virtio disk, or null.</param>
    public FirmwareMachine(string rom, string package, byte[]? floppy = null, string? disk = null)
    {
        Requires.Kvm();
        Requires.Architecture(Architecture.X64);
        Requires.PackageFile(rom, package);
        kvm = Kvm.Open();
        machine = new PcMachine(kvm, new PcMachineOptions
        {
            MemorySize = 128 << 20,
            HasAcpi = false,
            HasPci = true,
            HasFirmwareConfig = true,
            HasDebugExit = true,
            SerialOutput = Serial,
            DebugOutput = Debug,
        });
        if (floppy is not null)
        {
            machine.FirmwareConfig!.AddFile("floppyimg/disk", floppy);
        }

        if (disk is not null)
        {
            machine.AddVirtio(new VirtioBlock(
                machine.Memory, machine.AddEventLoop(), RawBlockImage.Open(disk, isReadOnly: true)));
        }

        using BootFile file = BootFile.Open(rom, "firmware");
        machine.StartState = Firmware.Load(machine.Memory, file);
    }

    /// <summary>One that goes on where a saved one was.</summary>
    public FirmwareMachine(string snapshotFolder)
    {
        kvm = Kvm.Open();
        PcSnapshot saved = PcSnapshot.Open(snapshotFolder);
        machine = new PcMachine(kvm, saved, saved.Options with { SerialOutput = Serial, DebugOutput = Debug });
    }

    /// <summary>What comes on COM1.</summary>
    public GuestText Serial { get; } = new();

    /// <summary>What comes at port 0x402.</summary>
    public GuestText Debug { get; } = new();

    public void Start() => machine.Start(limit.Token);

    /// <summary>Types at the serial terminal.</summary>
    public void Type(string text)
    {
        byte[] characters = Encoding.Latin1.GetBytes(text);
        Assert.Equal(characters.Length, machine.Serial.Receive(characters));
    }

    /// <summary>Waits for a text on COM1; gives what came before it.</summary>
    public string Expect(string text) => Serial.WaitFor(text, Patience);

    /// <summary>Waits for the end.</summary>
    public MachineOutcome Wait() => machine.Wait(limit.Token);

    public void Stop() => machine.Stop();

    public void Save(string folder) => machine.Save(folder);

    public void Dispose()
    {
        machine.Dispose();
        kvm.Dispose();
        limit.Dispose();
    }
}
