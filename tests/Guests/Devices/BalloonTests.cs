using System.Globalization;
using System.Net.Sockets;

namespace KvmInterop.Tests.Guests.Devices;

/// <summary>Memory that a guest gives away and takes back, and what it says of it.</summary>
public sealed class BalloonTests : IDisposable
{
    private const long MiB = 1 << 20;
    private const long Taken = 96 * MiB;
    private const long MemorySize = 256 * MiB; // By default.

    // What the guest's kernel may do meanwhile with memory that the balloon leaves it.
    private const long Slack = 16 * MiB;

    // The guest fills more, and lets it go.
    private const long LeastGivenBack = 48 * MiB;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-balloon-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Balloon_filledAndEmptied_takesMemoryAndGivesItBack()
    {
        Scenario scenario = new("balloon: filled, emptied, statistics");
        scenario.Run(() =>
        {
            string path = Path.Combine(folder, Path.GetRandomFileName());
            using VmProcess vm = GuestProgram.Boot("balloon", "--balloon", $"0,control={path}");
            vm.WaitFor("guest: filled\n", GuestProgram.Patience);
            using Control control = new(path);
            long residentFull = vm.ResidentBytes;
            vm.Type("");
            vm.WaitFor("guest: let go\n", GuestProgram.Patience);
            long freeBefore = FreeIn(vm);

            Assert.Equal($"target {Taken}", Assert.Single(control.Ask("target 96")));
            Dictionary<string, long> filled = control.Await("actual", Taken);
            long freeFilled = FreeIn(vm);

            Assert.InRange(freeBefore - freeFilled, Taken - Slack, Taken + Slack);
            Assert.InRange(filled["reclaimed"], Taken, long.MaxValue);
            Assert.InRange(filled["TotalMemory"], MemorySize / 2, MemorySize);
            Assert.InRange(filled["FreeMemory"], freeFilled - Slack, freeFilled + Slack);
            Assert.InRange(residentFull - vm.ResidentBytes, LeastGivenBack, MemorySize);

            Assert.Equal("target 0", Assert.Single(control.Ask("target 0")));
            control.Await("actual", 0);
            Assert.InRange(FreeIn(vm) - freeFilled, Taken - Slack, Taken + Slack);
            Assert.StartsWith("error: ", Assert.Single(control.Ask("burst")), StringComparison.Ordinal);
            vm.Type("off");
            Assert.Equal(0, vm.WaitForExit(GuestProgram.Patience));
            scenario.Note(ExitTable.Tell(vm));
        });
    }

    // Bytes.
    private static long FreeIn(VmProcess vm)
    {
        vm.Type("");
        vm.WaitFor("guest: free ", GuestProgram.Patience);
        return 1024 * Number(vm.ReadLine(GuestProgram.Patience).Split(' ')[0]);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The program's socket for the balloon.</summary>
    private sealed class Control : IDisposable
    {
        private readonly StreamReader reader;
        private readonly NetworkStream stream;

        public Control(string path)
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.ReceiveTimeout = (int)GuestProgram.Patience.TotalMilliseconds;
            stream = new NetworkStream(socket, ownsSocket: true);
            reader = new StreamReader(stream);
        }

        /// <summary>Says a line; what is answered, to the empty line.</summary>
        public List<string> Ask(string line)
        {
            stream.Write([.. line.Select(c => (byte)c), (byte)'\n']);
            List<string> answer = [];
            while (reader.ReadLine() is { Length: > 0 } next)
            {
                answer.Add(next);
            }

            return answer;
        }

        /// <summary>Asks for statistics until one of them has a value; those that the guest gives then.</summary>
        public Dictionary<string, long> Await(string name, long value)
        {
            Dictionary<string, long> statistics = [];
            bool came = SpinWait.SpinUntil(
                () =>
                {
                    Thread.Sleep(200);
                    List<string> answer = Ask("stats");
                    bool isNews = answer.RemoveAll(line => line == "the guest says nothing") == 0;
                    bool isThere = statistics.GetValueOrDefault(name, -1) == value;
                    statistics = answer.Select(line => line.Split(' '))
                        .ToDictionary(words => words[0], words => Number(words[1]));
                    return isThere && isNews; // What was counted after it came.
                },
                GuestProgram.Patience);
            return came ? statistics : throw new StalledException($"{name} is {statistics[name]}, not {value}");
        }

        public void Dispose() => reader.Dispose();
    }
}
