using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.Tests.Tool;

/// <summary><c>kvmgen explain</c>: from a number in a trace to the ioctl.</summary>
public class ExplainTests
{
    [Theory]
    [InlineData("0x4090ae82", "x64")]
    [InlineData("0x4010aeab", "x64")]
    [InlineData("0x2000ae80", "mips64")]
    [InlineData("0x2000ae80", "x64")]
    [InlineData("0x8006ae81", "x64")]
    [InlineData("0x5401", "arm64")]
    public Task Explain(string number, string architecture)
    {
        Run run = Run.Of("explain", number, "--arch", architecture);
        Assert.Equal("", run.Error);
        return Verify($"{run.Output}exit code {run.Code}\n").UseParameters(number, architecture);
    }

    [Theory]
    [InlineData("0x8090ae81")]
    [InlineData("0X8090AE81")]
    [InlineData("2156965505")]
    [InlineData("-2138001791")]
    [InlineData("0xffffffff8090ae81")]
    [InlineData("_IOC(_IOC_READ, 0xae, 0x81, 0x90)")]
    [InlineData("_IOC(_IOC_READ, 0xae, 129, 144)")]
    public void Explain_everyNotation_findsTheIoctl(string number)
    {
        Run run = Run.Of("explain", "--arch", "x64", number);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.StartsWith("KVM_GET_REGS  ioctl, x64", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("_IOC(_IOC_READ|_IOC_WRITE, 0xae, 0x5, 0x4)", "x64", 0xc004ae05)]
    [InlineData("_IOC(_IOC_READ|_IOC_WRITE, 0xae, 0x5, 0x4)", "mips64", 0xc004ae05)]
    [InlineData("_IOC(_IOC_NONE, 0xae, 0x80, 0)", "x64", 0x0000ae80)]
    [InlineData("_IOC(_IOC_NONE, 0xae, 0x80, 0)", "ppc64le", 0x2000ae80)]
    [InlineData("_IOC(_IOC_WRITE, 0xae, 0x82, 0x90)", "mips64", 0x8090ae82)]
    public void Parse_stracesForm_isTheArchitecturesNumber(string text, string architecture, uint value) =>
        Assert.Equal(value, RequestText.Parse(text, architecture)!.Value);

    [Theory]
    [InlineData("0x1ffffffff")]
    [InlineData("-2147483649")]
    [InlineData("4294967296")]
    [InlineData("0x")]
    [InlineData("")]
    [InlineData("KVM_RUN")]
    [InlineData("1.5")]
    [InlineData("_IOC(_IOC_SIDEWAYS, 0xae, 0x5, 0x4)")]
    [InlineData("_IOC(_IOC_READ, 0xae, 0x105, 0x4)")]
    [InlineData("_IOC(_IOC_READ, 0xae, 0x5)")]
    public void Explain_noNumber_exits2WithOneSentence(string text)
    {
        Run run = Run.Of("explain", text);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains("is no request number of 32 bits", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Explain_severalNumbers_exits1WhenOneIsUnknown()
    {
        Run run = Run.Of("explain", "--arch", "x64", "0xae80", "0x1234");
        Assert.Equal(1, run.Code);
        Assert.Contains("KVM_RUN", run.Output, StringComparison.Ordinal);
        Assert.Contains("0x1234  no ioctl of KVM's, x64", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_ofEveryIoctl_areWhatTheHeadersSay()
    {
        foreach (ApiDocument model in Committed.All)
        {
            foreach (ApiIoctl ioctl in model.Ioctls)
            {
                RequestNumber request = RequestNumber.Of(ioctl.Value, model.Architecture);
                Assert.Equal(
                    (ioctl.Direction, ioctl.Number, ioctl.Size, true),
                    (request.Direction, request.Number, request.Size, request.IsKvm));
            }
        }
    }

    [Fact]
    public void Explain_everyIoctl_namesIt()
    {
        foreach (ApiDocument model in Committed.All)
        {
            string[] numbers = [.. model.Ioctls.Select(ioctl => $"{ioctl.Value}")];
            Run run = Run.Of(["explain", "--arch", model.Architecture, .. numbers]);
            Assert.Equal((0, ""), (run.Code, run.Error));
            Assert.All(
                model.Ioctls, ioctl => Assert.Contains(ioctl.Name, run.Output, StringComparison.Ordinal));
        }
    }
}
