using KvmInterop.Machine.Devices;

namespace KvmInterop.Tests.Machine.Devices;

/// <summary>Host files that block, fail, or work.</summary>
public class StreamOutputTests
{
    // Only so that a test fails and does not hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Write_manyPieces_arriveInOrder()
    {
        using MemoryStream stream = new();
        byte[] sent = new byte[100_000];
        new Random(1).NextBytes(sent);
        using (StreamOutput output = new(stream, capacity: 1000, Patience))
        {
            for (int i = 0; i < sent.Length; i += 1250)
            {
                output.Write(sent.AsSpan(i, 1250));
            }

            Assert.True(output.Flush(Patience));
            Assert.Equal(0, output.Dropped);
        }

        Assert.Equal(sent, stream.ToArray());
    }

    [Fact]
    public void Write_nobodyReads_comesBackAndCounts()
    {
        using StoppedStream stream = new();
        using StreamOutput output = new(stream, capacity: 100, TimeSpan.FromMilliseconds(1));
        output.Write("first"u8);
        Assert.True(stream.Reached.Wait(Patience));

        // The stream has 5 bytes and does not come back; 100 fit the buffer.
        output.Write(new byte[90]);
        output.Write(new byte[30]);
        output.Write(new byte[7]);

        Assert.Equal(27, output.Dropped);
        Assert.False(output.Flush(TimeSpan.FromMilliseconds(1)));
        stream.Go.Set();
        Assert.True(output.Flush(Patience));
        output.Write("last"u8);
        Assert.True(output.Flush(Patience));
        Assert.Equal(27, output.Dropped);
        Assert.Equal([.. "first"u8, .. new byte[100], .. "last"u8], stream.ToArray());
    }

    [Fact]
    public void Write_streamFails_dropsAndSaysWhy()
    {
        MemoryStream stream = new();
        stream.Dispose();
        using StreamOutput output = new(stream);

        output.Write("abc"u8);
        Assert.False(output.Flush(Patience));
        output.Write("def"u8);

        Assert.IsType<ObjectDisposedException>(output.Failure);
        Assert.Equal(6, output.Dropped);
    }

    [Fact]
    public void Dispose_unwritten_isWrittenFirst()
    {
        using MemoryStream stream = new();
        StreamOutput output = new(stream);
        output.Write("abc"u8);

        output.Dispose();
        output.Write("def"u8);

        Assert.Equal("abc"u8.ToArray(), stream.ToArray());
        Assert.Equal(3, output.Dropped);
    }

    private sealed class StoppedStream : MemoryStream
    {
        public ManualResetEventSlim Reached { get; } = new();

        public ManualResetEventSlim Go { get; } = new();

        public override void Write(byte[] buffer, int offset, int count)
        {
            Reached.Set();
            Go.Wait();
            base.Write(buffer, offset, count);
        }
    }
}
