#:property PublishAot=false
// Sums up the results of all test projects: skipped tests with the reason, failed ones, one plain line.
// Exit code 1 when a test failed, or when none ran.
using System.Xml.Linq;

XNamespace ns = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
var all = Directory.CreateDirectory(args[0]).EnumerateFiles("*.trx", SearchOption.AllDirectories)
    .SelectMany(file => XDocument.Load(file.FullName).Descendants(ns + "UnitTestResult"))
    .Select(result => (
        Name: (string)result.Attribute("testName")!,
        Outcome: (string)result.Attribute("outcome")!,
        Message: ((string?)result.Descendants(ns + "Message").FirstOrDefault()
            ?? (string?)result.Descendants(ns + "StdOut").FirstOrDefault() ?? "").Trim()))
    .OrderBy(result => result.Name, StringComparer.Ordinal)
    .ToList();

// What one machine cannot run and another did (x86-64 and the emulated arm64 one) was not skipped.
var executed = all.Where(result => result.Outcome != "NotExecuted").Select(result => result.Name).ToHashSet();
var results = all
    .Where(result => result.Outcome != "NotExecuted" || !executed.Contains(result.Name))
    .ToLookup(result => result.Outcome switch { "Passed" => 0, "NotExecuted" => 2, _ => 1 });

foreach (var group in results[2].GroupBy(result => result.Message))
{
    Console.WriteLine($"Skipped ({group.Count()}), {group.Key}:");
    foreach (var result in group)
    {
        Console.WriteLine($"  {result.Name}");
    }
}

foreach (var result in results[1])
{
    Console.WriteLine($"Failed: {result.Name}: {result.Message.Split('\n')[0]}");
}

int passed = results[0].Count();
int failed = results[1].Count();
Console.WriteLine($"{passed} passed, {failed} failed, {results[2].Count()} skipped");
return failed == 0 && passed > 0 ? 0 : 1;
