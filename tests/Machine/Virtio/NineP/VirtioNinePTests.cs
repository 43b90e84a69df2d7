using System.Buffers.Binary;
using System.Text;
using KvmInterop.Machine.Virtio;
using KvmInterop.Machine.Virtio.NineP;

namespace KvmInterop.Tests.Machine.Virtio.NineP;

public sealed class VirtioNinePTests
{
    private const int NotPermitted = 1;
    private const int NotFound = 2;
    private const int BadFile = 9;
    private const int AccessDenied = 13;
    private const int Exists = 17;
    private const int Invalid = 22;
    private const int ReadOnly = 30;
    private const int Links = 40;
    private const int NotSupported = 95;

    [Fact]
    public void Folder_tag_isConfiguration()
    {
        using NinePClient client = new();

        Assert.Equal([4, 0, .. "host"u8], client.Driver.ReadConfiguration(0, 6));
    }

    [Fact]
    public void Files_areMadeWrittenAndRead()
    {
        using NinePClient client = new();
        client.Walk(NinePClient.Root, 1);
        Assert.Equal(0, client.Create(1, "new"));
        Assert.Equal(0, client.Write(1, "hello world"));
        Assert.Equal(0, client.Write(1, "W", 6));
        Assert.Equal("hello World", File.ReadAllText(Path.Combine(client.Shared, "new")));
        Assert.Equal("World", client.Read(1, 6));
        Assert.Equal("", client.Read(1, 100));
        Assert.Equal(0, client.Call(50, w => w.Add(1u).Add(0u)).Error);
        Assert.Equal(0, client.Clunk(1));
        Assert.Equal(BadFile, client.Clunk(1));

        Assert.Equal(0, client.Walk(NinePClient.Root, 1, "new").Error);
        Assert.Equal(0, client.Open(1));
        Assert.Equal("hello World", client.Read(1));
        Assert.Equal(BadFile, client.Write(1, "x"));
    }

    [Fact]
    public void Tree_isWalkedAndChanged()
    {
        using NinePClient client = new();
        Assert.Equal(0, client.Call(72, w => w.Add(0u).Add("a").Add(0x1edu).Add(0u)).Error);
        Assert.Equal(Exists, client.Call(72, w => w.Add(0u).Add("a").Add(0x1edu).Add(0u)).Error);
        client.Walk(0, 1, "a");
        Assert.Equal(0, client.Call(72, w => w.Add(1u).Add("b").Add(0x1edu).Add(0u)).Error);
        Assert.Equal(0, client.Walk(0, 2, "a", "b").Error);
        Assert.Equal(0, client.Create(2, "file"));
        Assert.True(File.Exists(Path.Combine(client.Shared, "a", "b", "file")));

        // As far as the names are there.
        (int error, byte[] fields) = client.Walk(0, 3, "a", "nothing");
        Assert.Equal((0, 1), (error, fields[0]));
        Assert.Equal(BadFile, client.Clunk(3));
        Assert.Equal(NotFound, client.Walk(0, 3, "nothing").Error);

        client.Walk(0, 3, "a", "b");
        Assert.Equal(0, client.Call(74, w => w.Add(3u).Add("file").Add(0u).Add("moved")).Error);
        Assert.True(File.Exists(Path.Combine(client.Shared, "moved")));
        Assert.Equal(0, client.Write(2, "still open"));
        Assert.Equal("still open", File.ReadAllText(Path.Combine(client.Shared, "moved")));
        Assert.Equal(0, client.Call(70, w => w.Add(1u).Add(2u).Add("second")).Error);
        Assert.Equal("still open", File.ReadAllText(Path.Combine(client.Shared, "a", "second")));
        Assert.Equal(0, client.Call(76, w => w.Add(0u).Add("moved").Add(0u)).Error);
        Assert.Equal(0, client.Call(76, w => w.Add(1u).Add("b").Add(0x200u)).Error);
        Assert.False(Directory.Exists(Path.Combine(client.Shared, "a", "b")));
    }

    [Fact]
    public void Folder_entries_areReadInPieces()
    {
        using NinePClient client = new();
        string[] names = [.. Enumerable.Range(0, 200).Select(i => $"a-file-of-number-{i}")];
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(client.Shared, name), "");
        }

        client.Walk(0, 1);
        Assert.Equal(0, client.Open(1, 0x10000));
        List<string> found = [];
        ulong offset = 0;
        while (true)
        {
            (int error, byte[] fields) = client.Call(40, w => w.Add(1u).Add(offset).Add(1000u));
            Assert.Equal(0, error);
            Assert.True(fields.Length <= 1004);
            if (fields.Length == 4)
            {
                break;
            }

            for (int place = 4; place < fields.Length;)
            {
                offset = BinaryPrimitives.ReadUInt64LittleEndian(fields.AsSpan(place + 13));
                int length = BinaryPrimitives.ReadUInt16LittleEndian(fields.AsSpan(place + 22));
                found.Add(Encoding.UTF8.GetString(fields.AsSpan(place + 24, length)));
                place += 24 + length;
            }
        }

        Assert.Equal([".", "..", .. names.Order(StringComparer.Ordinal)], found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Attributes_areReadAndSet()
    {
        using NinePClient client = new();
        string path = Path.Combine(client.Shared, "file");
        File.WriteAllText(path, "0123456789");
        client.Walk(0, 1, "file");

        // mode, size and time of change; set-user-id is not the guest's to give.
        Assert.Equal(0, client.Call(26, w => w.Add(1u).Add(0x1u | 0x8 | 0x20 | 0x100).Add(0x9a0u).Add(0u).Add(0u)
            .Add(4ul).Add(0ul).Add(0ul).Add(1_000_000_000ul).Add(5ul)).Error);
        Assert.Equal("0123", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, (UnixFileMode)0x1a0 & File.GetUnixFileMode(path));
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(path) & UnixFileMode.SetUser);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_000_000_000).UtcDateTime, File.GetLastWriteTimeUtc(path), TimeSpan.FromSeconds(1));
        (int error, byte[] fields) = client.Call(24, w => w.Add(1u).Add(0x7fful));
        Assert.Equal(0, error);
        Assert.Equal(153, fields.Length);
        Assert.Equal(4ul, BinaryPrimitives.ReadUInt64LittleEndian(fields.AsSpan(49)));
        Assert.Equal(0, client.Call(8, w => w.Add(1u)).Error);
    }

    [Theory]
    [InlineData("..", AccessDenied)]
    [InlineData(".", AccessDenied)]
    [InlineData("", Invalid)]
    [InlineData("../secret", Invalid)]
    [InlineData("/etc/passwd", Invalid)]
    [InlineData("a\0b", Invalid)]
    public void Name_thatLeadsElsewhere_isRefusedEverywhere(string name, int error)
    {
        using NinePClient client = new();
        File.WriteAllText(Path.Combine(client.Shared, "file"), "");
        client.Walk(0, 1);

        Assert.Equal(error, client.Walk(0, 2, name).Error);
        Assert.Equal(error, client.Create(1, name));
        Assert.Equal(error, client.Call(72, w => w.Add(0u).Add(name).Add(0x1edu).Add(0u)).Error);
        Assert.Equal(error, client.Call(16, w => w.Add(0u).Add(name).Add("x").Add(0u)).Error);
        Assert.Equal(error, client.Call(74, w => w.Add(0u).Add("file").Add(0u).Add(name)).Error);
        Assert.Equal(error, client.Call(74, w => w.Add(0u).Add(name).Add(0u).Add("file")).Error);
        Assert.Equal(error, client.Call(76, w => w.Add(0u).Add(name).Add(0u)).Error);
        Assert.Equal("not for the guest", File.ReadAllText(Path.Combine(client.Folder, "secret")));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    public void Link_outOfTheFolder_isReadButNeverFollowed(string target)
    {
        using NinePClient client = new();
        Assert.Equal(0, client.Call(16, w => w.Add(0u).Add("link").Add(target).Add(0u)).Error);
        Assert.Equal(0, client.Walk(0, 1, "link").Error);
        (int error, byte[] fields) = client.Call(22, w => w.Add(1u));
        Assert.Equal(0, error);
        Assert.Equal(target, Encoding.UTF8.GetString(fields.AsSpan(2)));

        Assert.Equal(Links, client.Open(1));
        Assert.Equal(Links, client.Open(1, 0x201));
        client.Walk(0, 2);
        Assert.Equal(Links, client.Create(2, "link", flags: 0x202));
        Assert.Equal(NotSupported, client.Call(26, w => w.Add(1u).Add(0x8u).Add(0u).Add(0u).Add(0u)
            .Add(0ul).Add(0ul).Add(0ul).Add(0ul).Add(0ul)).Error);
        Assert.Equal("not for the guest", File.ReadAllText(Path.Combine(client.Folder, "secret")));
    }

    [Fact]
    public void Link_toAFolderOutside_isNoWayThere()
    {
        using NinePClient client = new();
        File.CreateSymbolicLink(Path.Combine(client.Shared, "out"), client.Folder);

        (int error, byte[] fields) = client.Walk(0, 1, "out", "secret");
        Assert.Equal((0, 1), (error, fields[0]));
        Assert.Equal(BadFile, client.Open(1));
    }

    [Fact]
    public void Folder_replacedByALinkWhileHeld_staysItself()
    {
        using NinePClient client = new();
        string inside = Directory.CreateDirectory(Path.Combine(client.Shared, "inside")).FullName;
        client.Walk(0, 1, "inside");
        Directory.Move(inside, inside + "-before");
        File.CreateSymbolicLink(inside, client.Folder);
        Assert.Equal(0, client.Create(1, "secret"));
        Assert.Equal(0, client.Write(1, "mine"));

        Assert.Equal("not for the guest", File.ReadAllText(Path.Combine(client.Folder, "secret")));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(inside + "-before", "secret")));
    }

    [Fact]
    public void Pipe_isNotOpened()
    {
        using NinePClient client = new();
        using (var process = System.Diagnostics.Process.Start("mkfifo", Path.Combine(client.Shared, "pipe")))
        {
            process.WaitForExit();
        }

        client.Walk(0, 1, "pipe");
        Assert.Equal(NotPermitted, client.Open(1));
        Assert.Equal(NotPermitted, client.Call(18, w => w.Add(0u).Add("dev").Add(0x21a4u).Add(1u).Add(3u).Add(0u)).Error);
        client.Walk(0, 2);
        Assert.NotEqual(0, client.Create(2, "pipe", flags: 1));
    }

    [Fact]
    public void Folder_readOnly_takesNoChange()
    {
        using NinePClient client = new(isReadOnly: true);
        string path = Path.Combine(client.Shared, "file");
        File.WriteAllText(path, "as it was");
        client.Walk(0, 1, "file");
        Assert.Equal(ReadOnly, client.Open(1, 2));
        Assert.Equal(ReadOnly, client.Open(1, 0x200));
        Assert.Equal(0, client.Open(1));
        Assert.Equal("as it was", client.Read(1));
        client.Walk(0, 2);
        Assert.Equal(ReadOnly, client.Create(2, "new"));
        Assert.Equal(ReadOnly, client.Call(76, w => w.Add(0u).Add("file").Add(0u)).Error);
        Assert.Equal(ReadOnly, client.Call(26, w => w.Add(1u).Add(0x8u).Add(0u).Add(0u).Add(0u)
            .Add(0ul).Add(0ul).Add(0ul).Add(0ul).Add(0ul)).Error);

        Assert.Equal("as it was", File.ReadAllText(path));
    }

    [Fact]
    public void Requests_cutAnywhere_areAnsweredWithAnErrorAndChangeNothing()
    {
        using NinePClient client = new();
        File.WriteAllText(Path.Combine(client.Shared, "file"), "as it was");
        NinePClient.Fields unlink = new NinePClient.Fields().Add(0u).Add("file").Add(0u);
        byte[] body = unlink.ToArray();
        for (int length = 0; length < body.Length; length++)
        {
            Assert.Equal(Invalid, client.Call(76, w => w.Add(body[..length])).Error);
        }

        Assert.True(File.Exists(Path.Combine(client.Shared, "file")));

        // A size that is not the message's, and no message at all.
        Assert.Equal(7, client.Raw([255, 255, 255, 255, 100, 0, 0])[4]);
        Assert.Equal(7, client.Raw([0, 0, 0, 0, 100, 0, 0])[4]);
        Assert.Equal(7, client.Raw([7, 0, 0])[4]);
        Assert.Equal(7, client.Raw([])[4]);
    }

    [Fact]
    public void Requests_atRandom_neverCrash()
    {
        using NinePClient client = new();
        File.WriteAllText(Path.Combine(client.Shared, "file"), "as it was");
        Random random = new(9);
        byte[] types = [8, 12, 14, 16, 22, 24, 26, 30, 40, 50, 52, 54, 70, 72, 74, 76, 100, 104, 110, 116, 118, 120, 122];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] message = new byte[7 + random.Next(60)];
            random.NextBytes(message);

            // Small numbers, so that many are nearly right.
            for (int place = 7; place < message.Length; place++)
            {
                message[place] &= (byte)(random.Next(3) == 0 ? 0x0f : place % 4 == 3 ? 0x03 : 0);
            }

            BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
            message[4] = types[random.Next(types.Length)];
            client.Raw(message);
        }

        Assert.Equal("not for the guest", File.ReadAllText(Path.Combine(client.Folder, "secret")));
        Assert.Equal(VirtioStatus.None, client.Driver.Status & VirtioStatus.NeedsReset);
    }

    [Fact]
    public void Answer_withoutRoom_isLeftOut()
    {
        using NinePClient client = new();
        client.Driver.Queue(0).Add((0x100, 20, false), (0x200, 10, true));
        client.Driver.Queue(0).Add((0x100, 20, false));
        client.Driver.Queue(0).Kick();
        client.Driver.Pump();

        Assert.Equal(0u, client.Driver.Queue(0).TakeUsed()!.Value.Length);
        Assert.Equal(0u, client.Driver.Queue(0).TakeUsed()!.Value.Length);
    }

    [Fact]
    public void Answer_withJustItsRoom_comes()
    {
        // As Linux has it from 6.1 on: header and fields, and not less than an error takes.
        const int Header = 7;
        const int Qid = 13;
        using NinePClient client = new();
        File.WriteAllText(Path.Combine(client.Shared, "file"), "text");
        client.Room = Header + 2 + Qid - 1;
        Assert.Equal(Invalid, client.Walk(0, 1, "file").Error);
        Assert.Equal(BadFile, client.Clunk(1));
        client.Room = Header + 2 + Qid;
        Assert.Equal(0, client.Walk(0, 1, "file").Error);
        client.Room = Header + 4;
        Assert.Equal(0, client.Walk(0, 2).Error);
        client.Room = Header + Qid;
        Assert.Equal(0, client.Call(72, w => w.Add(0u).Add("folder").Add(0x1edu).Add(0u)).Error);
        Assert.Equal(0, client.Call(16, w => w.Add(0u).Add("link").Add("file").Add(0u)).Error);
        Assert.Equal(0, client.Call(104, w => w.Add(9u).Add(uint.MaxValue).Add("").Add("").Add(0u)).Error);
        client.Room = Header + Qid + 4;
        Assert.Equal(0, client.Open(1));
        Assert.Equal(0, client.Create(2, "new"));
        client.Room = Header + 4 + 2 + 8;
        Assert.Equal(0, client.Call(100, w => w.Add(8192u).Add("9P2000.L")).Error);
    }

    [Fact]
    public void Version_another_isAnsweredAsUnknownAndForgetsFiles()
    {
        using NinePClient client = new();
        client.Walk(0, 1);
        (int error, byte[] fields) = client.Call(100, w => w.Add(4096u).Add("9P2000.u"));

        Assert.Equal(0, error);
        Assert.Equal("unknown", Encoding.ASCII.GetString(fields.AsSpan(6)));
        Assert.Equal(BadFile, client.Clunk(1));
        Assert.Equal(Invalid, client.Call(100, w => w.Add(100u).Add("9P2000.L")).Error);
    }

    [Fact]
    public void Folder_thatIsNone_isRefusedInASentence()
    {
        using GuestMemory memory = new();
        using EventLoop loop = new();

        IOException refusal = Assert.Throws<IOException>(() => new VirtioNineP(memory, loop, "/etc/passwd", "x"));
        Assert.Contains("/etc/passwd", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new VirtioNineP(memory, loop, "/tmp", new string('x', 32)));
    }
}
