using System.Xml.Linq;

namespace KvmInterop.Tests.Arm64;

public sealed class GuestResultsTests
{
    private const string Output =
        """
        PASS A.B.Passes(text: "a b", number: 1) 0.055s
        [   23.852940] kvm [84]: a line of the kernel's
        FAIL A.B.Fails(list: [1, 2])
          Assert.Equal() Failure: Values differ
           at A.B.Fails()
        SKIP A.B.Skips(order: "a: b"): needs an X64 machine
        SKIP A.B.Plain: reason: with a colon
        total 4, passed 1, failed 1, skipped 2
        """;

    [Fact]
    public void Results_ofAllKinds_areCountedAndNamed()
    {
        GuestResults results = new(Output, "arm64");

        Assert.Equal("total 4, passed 1, failed 1, skipped 2", results.Counted);
        Assert.Equal(results.Counted, results.Summary);
        Assert.Equal(["A.B.Skips(order: \"a: b\")", "A.B.Plain"], results.Skipped);
        Assert.StartsWith(
            "A.B.Fails(list: [1, 2]): on arm64: Assert.Equal() Failure: Values differ\n",
            Assert.Single(results.Failed), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_cutOff_haveNoSummary() =>
        Assert.Empty(new GuestResults("PASS A.B 0.001s\nhalf a li", "arm64").Summary);

    [Fact]
    public void Save_results_areAsTheReportReadsThem()
    {
        string folder = Directory.CreateTempSubdirectory("kvm-results-").FullName;
        string file = Path.Combine(folder, "new", "results.trx");

        new GuestResults(Output, "arm64").Save(file);

        var read = XDocument.Load(file).Descendants()
            .Where(element => element.Name.LocalName == "UnitTestResult")
            .Select(each => $"{each.Attribute("outcome")?.Value} {each.Attribute("testName")?.Value}");
        Assert.Equal(
            [
                "Passed A.B.Passes(text: \"a b\", number: 1)", "Failed A.B.Fails(list: [1, 2])",
                "NotExecuted A.B.Skips(order: \"a: b\")", "NotExecuted A.B.Plain",
            ],
            read);
        Directory.Delete(folder, recursive: true);
    }
}
