namespace KvmInterop.Tests.Runtime.State;

public class Crc32CTests
{
    // RFC 3720, B.4, and the check value of the catalogues of CRCs.
    [Fact]
    public void Of_theStandardsExamples_isTheirSum()
    {
        byte[] rising = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];

        Assert.Equal(0xe3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8a9136aau, Crc32C.Of(new byte[32]));
        Assert.Equal(0x46dd794eu, Crc32C.Of(rising));
        Assert.Equal(0u, Crc32C.Of([]));
    }

    [Fact]
    public void Add_inTwoPieces_isTheSumOfAll()
    {
        byte[] bytes = new byte[100];
        new Random(4714).NextBytes(bytes);

        Assert.All(Enumerable.Range(0, bytes.Length + 1), split => Assert.Equal(
            Crc32C.Of(bytes),
            Crc32C.Finish(
                Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes.AsSpan(0, split)), bytes.AsSpan(split)))));
    }
}
