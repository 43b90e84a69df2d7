// LabRunner TESTS.dll [WORD...]: runs an xunit assembly in this process, for machines that have no more of
// the test platform than this. A word chooses the tests whose names contain it, -WORD leaves them out.
// Prints PASS, FAIL, SKIP and RUNNING lines and a count; exit code 1 when a test failed.
using System.Runtime.Loader;
using KvmInterop.Tests.LabRunner;
using Xunit.Abstractions;
using Xunit.Sdk;

string path = Path.GetFullPath(args[0]);
string folder = Path.GetDirectoryName(path)! + Path.DirectorySeparatorChar;
AssemblyLoadContext.Default.Resolving += (context, name) =>
    folder + name.Name + ".dll" is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", folder);

var assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
using Results results = new();
using XunitTestFramework framework = new(results);
framework.GetDiscoverer(Reflector.Wrap(assembly)).Find(false, results, new Options());
results.Discovered.Wait();
using ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName());
executor.RunTests(results.Chosen(args[1..]), results, new Options());
results.Finished.Wait();
Console.Out.WriteLine(results.Summary);
return results.HasFailures ? 1 : 0;
