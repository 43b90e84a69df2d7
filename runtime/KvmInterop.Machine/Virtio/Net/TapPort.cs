using System.Runtime.InteropServices;
using System.Text;
using KvmInterop.Machine.Virtio.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmInterop.Machine.Virtio.Net;

/// <summary>A TAP interface of the host (<c>tuntap.rst</c> of the kernel): a card in the host, to be joined
/// with others by a bridge, or by routes.</summary>
public sealed class TapPort : NetworkPort
{
    private const string Device = "/dev/net/tun";
    private const int LongestName = 15;

    private readonly SafeFileHandle file;
    private EventRegistration? registration;
    private INetworkCard? card;

    private TapPort(SafeFileHandle file, string name)
    {
        this.file = file;
        Name = name;
    }

    /// <summary>The interface's name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override bool IsUp => true;

    /// <summary>Opens an interface, or makes it if there is none of that name, which needs
    /// CAP_NET_ADMIN.</summary>
    /// <param name="name">1 to 15 characters; <c>tap%d</c> lets the kernel choose a number.</param>
    /// <exception cref="ArgumentException">The name is too long or empty.</exception>
    /// <exception cref="IOException">It is in use, may not be opened, or the host has no TAP.</exception>
    public static TapPort Open(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > LongestName || name.Any(c => c is <= ' ' or > '~' or '/'))
        {
            throw new ArgumentException(
                $"the name of a network interface is 1 to {LongestName} characters, not '{name}'", nameof(name));
        }

        SafeFileHandle file = VirtioLibc.Open(
            Device, VirtioLibc.OpenReadWrite | VirtioLibc.OpenNonBlocking | VirtioLibc.OpenCloseOnExec);
        if (file.IsInvalid)
        {
            throw Failure($"{Device} cannot be opened", "load the module tun, and become a user who may open it");
        }

        InterfaceRequest request = default;
        Encoding.ASCII.GetBytes(name, request.Name);
        request.Flags = VirtioLibc.TapInterface | VirtioLibc.NoPacketInformation;
        if (VirtioLibc.SetInterface(file, VirtioLibc.SetInterfaceRequest, ref request) < 0)
        {
            IOException failure = Failure(
                $"the TAP interface {name} cannot be had",
                "make it beforehand for this user (ip tuntap add mode tap user NAME), or run with "
                + "CAP_NET_ADMIN; each can be open once");
            file.Dispose();
            throw failure;
        }

        ReadOnlySpan<byte> given = request.Name;
        return new TapPort(file, Encoding.ASCII.GetString(given[..given.IndexOf((byte)0)]));
    }

    /// <inheritdoc/>
    public override void Open(INetworkCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        this.card = card;
        registration = card.Watch(file, FileEvents.None, OnEvents);
    }

    /// <inheritdoc/>
    public override int Receive(Span<byte> frame) =>
        (int)Math.Max(0, VirtioLibc.Read(file, frame, (nuint)frame.Length));

    /// <inheritdoc/>
    /// <remarks>An interface that is down or full loses frames; there is always room.</remarks>
    public override bool TrySend(ReadOnlySpan<byte> frame)
    {
        VirtioLibc.Write(file, frame, (nuint)frame.Length);
        return true;
    }

    /// <inheritdoc/>
    public override void Listen(bool isWanted) =>
        registration?.Watch(isWanted ? FileEvents.Readable : FileEvents.None);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        registration?.Dispose();
        file.Dispose();
    }

    private static IOException Failure(string what, string remedy) =>
        new($"{what} ({Marshal.GetLastPInvokeErrorMessage()}); {remedy}");

    private void OnEvents(FileEvents events)
    {
        if ((events & FileEvents.Readable) != 0)
        {
            card!.OnFrames();
        }
        else if ((events & (FileEvents.Error | FileEvents.HungUp)) != 0)
        {
            // The interface was deleted: nothing will come any more.
            registration?.Dispose();
            registration = null;
        }
    }
}
