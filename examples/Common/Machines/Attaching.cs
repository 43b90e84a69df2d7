using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using KvmInterop.Machine.Machines;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.Block;
using KvmInterop.Machine.Virtio.Net;
using KvmInterop.Machine.Virtio.NineP;
using KvmInterop.Machine.Virtio.Rng;
using KvmInterop.Machine.Virtio.Vsock;

namespace KvmInterop.Examples.Machines;

/// <summary>Gives a machine the devices that the command line names.</summary>
public static class Attaching
{
    private const ulong DefaultCid = 3; // The first that a guest may have.

    /// <summary>In the order of the kinds, and of each kind as on the command line.</summary>
    /// <exception cref="ExampleException">A device cannot be had.</exception>
    public static void Attach(VirtualMachine machine, ParseResult options)
    {
        Each(options, DeviceOptions.Disk, text => Disk(machine, text));
        uint card = 0;
        Each(options, DeviceOptions.Net, text => Net(machine, text, card++));
        Each(options, DeviceOptions.Share, text => Share(machine, text));
        if (options.GetValue(DeviceOptions.Vsock) is string vsock)
        {
            Add(machine, DeviceOptions.Vsock.Name, vsock, Vsock(machine, vsock));
        }

        if (options.GetValue(DeviceOptions.Rng))
        {
            machine.AddVirtio(new VirtioRng(machine.Memory, machine.Events));
        }

        void Each(ParseResult result, Option<string[]> option, Func<string, Func<VirtioDevice>> make)
        {
            foreach (string text in result.GetValue(option) ?? [])
            {
                Add(machine, option.Name, text, make(text));
            }
        }
    }

    // What the host says no to is the user's to mend.
    private static void Add(VirtualMachine machine, string option, string text, Func<VirtioDevice> make)
    {
        try
        {
            machine.AddVirtio(make());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException
            or ArgumentException or FormatException or InvalidOperationException)
        {
            throw new ExampleException($"{option} {text}: {Sentence(e)}");
        }
    }

    /// <summary>Without the name of a parameter, which is of no use to somebody at a command line.</summary>
    internal static string Sentence(Exception e) => (e is ArgumentException { ParamName: string name }
        ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : e.Message).TrimEnd('.');

    private static Func<VirtioDevice> Disk(VirtualMachine machine, string option)
    {
        DeviceText text = new(DeviceOptions.Disk.Name, option, "ro", "overlay");
        bool isOverlay = text.Has("overlay");
        if (isOverlay && text.Has("ro"))
        {
            throw text.Mistake("ro and overlay exclude each other: an overlay takes what is written");
        }

        return () =>
        {
            BlockImage image = RawBlockImage.Open(text.Value, isReadOnly: isOverlay || text.Has("ro"));
            if (isOverlay)
            {
                image = text.Get("overlay") is string changes
                    ? OverlayBlockImage.Open(image, changes)
                    : OverlayBlockImage.Temporary(image);
            }

            return new VirtioBlock(machine.Memory, machine.AddEventLoop(), image);
        };
    }

    private static Func<VirtioDevice> Net(VirtualMachine machine, string option, uint number)
    {
        DeviceText text = new(DeviceOptions.Net.Name, option, "mac");
        return () =>
        {
            NetworkPort port = text.After("tap") is string name ? TapPort.Open(name)
                : text.After("socket") is string path ? StreamPort.Join(path)
                : throw text.Mistake("it takes tap=NAME or socket=PATH");

            // Two machines on one cable must have two addresses: this process's number tells them apart.
            MacAddress address = text.Get("mac") is string mac
                ? MacAddress.Parse(mac)
                : MacAddress.Local48(((uint)Environment.ProcessId << 4) | number);
            return new VirtioNet(machine.Memory, machine.Events, port, address);
        };
    }

    private static Func<VirtioDevice> Share(VirtualMachine machine, string option)
    {
        DeviceText text = new(DeviceOptions.Share.Name, option, "ro", "tag");
        string tag = text.Get("tag") ?? "share";
        return () => new VirtioNineP(
            machine.Memory, machine.AddEventLoop(), text.Value, tag, text.Has("ro"));
    }

    private static Func<VirtioDevice> Vsock(VirtualMachine machine, string option)
    {
        DeviceText text = new(DeviceOptions.Vsock.Name, option, "cid");
        ulong cid = DefaultCid;
        if (text.Get("cid") is string number
            && !ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out cid))
        {
            throw text.Mistake($"cid is a number from 3 up, not '{number}'");
        }

        return () => new VirtioVsock(machine.Memory, machine.Events, cid, text.Value);
    }
}
