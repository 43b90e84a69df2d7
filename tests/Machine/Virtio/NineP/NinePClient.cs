using System.Buffers.Binary;
using System.Text;
using KvmInterop.Machine.Virtio.NineP;

namespace KvmInterop.Tests.Machine.Virtio.NineP;

/// <summary>A guest's 9P2000.L client over a shared folder of the test's own.</summary>
internal sealed class NinePClient : IDisposable
{
    public const uint Root = 0;

    public NinePClient(bool isReadOnly = false)
    {
        Folder = Directory.CreateTempSubdirectory("kvm-9p-").FullName;
        Shared = Directory.CreateDirectory(Path.Combine(Folder, "shared")).FullName;
        File.WriteAllText(Path.Combine(Folder, "secret"), "not for the guest");
        Driver = VirtioDriver.Started(
            (memory, loop) => new VirtioNineP(memory, loop, Shared, "host", isReadOnly), queueSize: 16);
        Assert.Equal(0, Call(100, w => w.Add(8192u).Add("9P2000.L")).Error);
        Assert.Equal(0, Call(104, w => w.Add(Root).Add(uint.MaxValue).Add("root").Add("").Add(0u)).Error);
    }

    public string Folder { get; }

    public string Shared { get; }

    public VirtioDriver Driver { get; }

    /// <summary>Bytes that the guest has for each answer.</summary>
    public int Room { get; set; } = 8192;

    /// <summary>A request by its fields; the answer's fields.</summary>
    public (int Error, byte[] Fields) Call(byte type, Func<Fields, Fields> fields)
    {
        byte[] body = fields(new Fields()).ToArray();
        byte[] message = new byte[7 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        message[4] = type;
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(5), 77);
        body.CopyTo(message.AsSpan(7));
        byte[] answer = Raw(message);
        Assert.Equal(77, BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(5)));
        if (answer[4] == 7)
        {
            return (BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(7)), []);
        }

        Assert.Equal(type + 1, answer[4]);
        return (0, answer[7..]);
    }

    public byte[] Raw(ReadOnlySpan<byte> message)
    {
        // The same places again and again: a test has many requests, and little memory.
        Driver.Memory.Write(0xe_0000, message);
        Driver.Queue(0).Add((0xe_0000, message.Length, false), (0xf_0000, Room, true));
        Driver.Queue(0).Kick();
        Driver.Pump();
        byte[] answer = new byte[Driver.Queue(0).TakeUsed()!.Value.Length];
        Driver.Memory.Read(0xf_0000, answer);
        Assert.Equal(answer.Length, BinaryPrimitives.ReadInt32LittleEndian(answer));
        return answer;
    }

    public (int Error, byte[] Fields) Walk(uint fid, uint newFid, params string[] names) =>
        Call(110, w => names.Aggregate(w.Add(fid).Add(newFid).Add((ushort)names.Length), (f, name) => f.Add(name)));

    public int Open(uint fid, uint flags = 0) => Call(12, w => w.Add(fid).Add(flags)).Error;

    public int Create(uint fid, string name, uint flags = 2, uint mode = 0x1a4) =>
        Call(14, w => w.Add(fid).Add(name).Add(flags).Add(mode).Add(0u)).Error;

    public string Read(uint fid, ulong offset = 0, uint count = 4096)
    {
        (int error, byte[] fields) = Call(116, w => w.Add(fid).Add(offset).Add(count));
        Assert.Equal(0, error);
        return Encoding.UTF8.GetString(fields.AsSpan(4));
    }

    public int Write(uint fid, string text, ulong offset = 0)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Call(118, w => w.Add(fid).Add(offset).Add((uint)bytes.Length).Add(bytes)).Error;
    }

    public int Clunk(uint fid) => Call(120, w => w.Add(fid)).Error;

    public void Dispose()
    {
        Driver.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Fields of a message, little-endian.</summary>
    internal sealed class Fields
    {
        private readonly List<byte> bytes = [];

        public Fields Add(byte value) => Add([value]);

        public Fields Add(ushort value) => Add(BitConverter.GetBytes(value));

        public Fields Add(uint value) => Add(BitConverter.GetBytes(value));

        public Fields Add(ulong value) => Add(BitConverter.GetBytes(value));

        public Fields Add(string text) => Add((ushort)Encoding.UTF8.GetByteCount(text)).Add(Encoding.UTF8.GetBytes(text));

        public Fields Add(byte[] value)
        {
            bytes.AddRange(value);
            return this;
        }

        public byte[] ToArray() => [.. bytes];
    }
}
