using System.Buffers.Binary;
using System.Text;
using KvmInterop.Machine.Devices;

namespace KvmInterop.Machine.Virtio.NineP;

/// <summary>A folder of the host's that the guest mounts: 9P2000.L over virtio (Linux:
/// <c>mount -t 9p -o trans=virtio,version=9p2000.L TAG /mnt</c>).</summary>
/// <remarks>
/// <para>The guest sees the folder and nothing beside it (<see cref="SharedFolder"/> says how). What it makes
/// belongs to the user that this process runs as; owners that it sets are ignored where that user may not set
/// them, and set-user-id never is. There are no extended attributes, and locks are the guest's own affair.</para>
/// <para>Files may block: give it an <see cref="EventLoop"/> that nobody else waits for. The state that is
/// saved has no files: a guest that is restored finds its open ones gone.</para>
/// </remarks>
public sealed class VirtioNineP : VirtioDevice
{
    // VIRTIO_9P_F_MOUNT_TAG; the configuration is the tag's length and the tag.
    private const ulong MountTag = 1;
    private const int LongestTag = 31;
    private const int Entries = 128;

    private readonly DescriptorChain chain;
    private readonly NinePSession session;
    private readonly SharedFolder folder;
    private readonly byte[] request = new byte[NinePSession.LargestMessage];
    private readonly byte[] answer = new byte[NinePSession.LargestMessage];

    /// <summary>Shares a folder, to be put behind a transport.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="loop">On whose thread it works, which a slow disk blocks.</param>
    /// <param name="path">The folder.</param>
    /// <param name="tag">What the guest finds it by: 1 to 31 ASCII characters.</param>
    /// <param name="isReadOnly">Whether the guest may only read.</param>
    /// <exception cref="ArgumentException">The tag is too long, or empty.</exception>
    /// <exception cref="IOException">The folder cannot be opened.</exception>
    public VirtioNineP(GuestMemory memory, EventLoop loop, string path, string tag, bool isReadOnly = false)
        : base(
            VirtioDeviceType.NineP, memory, loop, [Entries], MountTag, sizeof(ushort) + CheckTag(tag).Length)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        chain = Queue(0).CreateChain();
        folder = SharedFolder.Share(path, isReadOnly);
        session = new NinePSession(folder);
        byte[] configuration = new byte[ConfigurationSize];
        BinaryPrimitives.WriteUInt16LittleEndian(configuration, (ushort)tag.Length);
        Encoding.ASCII.GetBytes(tag, configuration.AsSpan(sizeof(ushort)));
        SetConfiguration(0, configuration);
    }

    /// <inheritdoc/>
    protected override void ProcessQueue(Virtqueue queue) => ServeRequests(queue, chain);

    /// <inheritdoc/>
    protected override uint Serve(Virtqueue queue, DescriptorChain request)
    {
        ArgumentNullException.ThrowIfNull(request);
        int length = (int)Math.Min(request.ReadableLeft, (ulong)this.request.Length);
        int room = (int)Math.Min(request.WritableLeft, (ulong)answer.Length);
        if (room < NinePSession.ShortestAnswer || !request.TryRead(this.request.AsSpan(0, length)))
        {
            return 0;
        }

        int answered = session.Answer(this.request.AsSpan(0, length), answer.AsSpan(0, room));
        return request.TryWrite(answer.AsSpan(0, answered)) ? request.Written : 0;
    }

    /// <inheritdoc/>
    protected override void OnReset() => session.Clear();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            using (EnterWork())
            {
                session.Clear();
            }

            folder.Dispose();
        }
    }

    private static string CheckTag(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return tag.Length <= LongestTag && tag.All(c => c is > ' ' and <= '~')
            ? tag
            : throw new ArgumentException(
                $"a mount tag is 1 to {LongestTag} ASCII characters, not '{tag}'", nameof(tag));
    }
}
