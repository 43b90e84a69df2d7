using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using KvmInterop.Machine.Virtio.Net;

namespace KvmInterop.Tests.Machine.Virtio.Net;

public sealed class TapPortTests
{
    [SkippableFact]
    public void Tap_frames_goToTheHostAndComeFromIt()
    {
        using TapPort tap = OpenOrSkip("kvmtest%d");
        Run("addr", "add", "192.0.2.1/24", "dev", tap.Name);
        Run("link", "set", tap.Name, "up");
        using CardDriver card = new(tap);
        card.AddBuffers(8, 2048);

        // To somebody on that cable: the host asks who has the address (RFC 826), where its filters let it. It
        // has a thing or two to say of its own too (RFC 4861).
        using (UdpClient client = new("192.0.2.77", 9))
        {
            client.Send([1]);
        }

        byte[] frame = card.Take();
        string host = File.ReadAllText($"/sys/class/net/{tap.Name}/address").Trim();
        Assert.Equal(Convert.FromHexString(host.Replace(":", "", StringComparison.Ordinal)), frame[6..12]);

        // And the host counts what comes from the guest.
        long before = ReceivedBy(tap);
        card.Send(frame);
        Assert.Equal(before + 1, ReceivedBy(tap));
    }

    [SkippableFact]
    public void Tap_interfaceInUse_isRefusedInASentence()
    {
        using TapPort tap = OpenOrSkip("kvmtest%d");

        IOException refusal = Assert.Throws<IOException>(() => TapPort.Open(tap.Name));

        Assert.Contains(tap.Name, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a name")]
    [InlineData("a/b")]
    [InlineData("sixteen.letters.")]
    public void Tap_nameThatIsNone_isRefused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => TapPort.Open(name));

    private static TapPort OpenOrSkip(string name)
    {
        Requires.Tool("ip");
        try
        {
            return TapPort.Open(name);
        }
        catch (IOException e)
        {
            Skip.If(true, e.Message);
            throw;
        }
    }

    private static long ReceivedBy(TapPort tap) => long.Parse(
        File.ReadAllText($"/sys/class/net/{tap.Name}/statistics/rx_packets"), CultureInfo.InvariantCulture);

    private static void Run(params string[] arguments)
    {
        using Process process = Process.Start("ip", arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
