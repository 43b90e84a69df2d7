// One guest is warmed up and saved; then it is forked as often as one likes. All forks share its memory until
// they write to it, so that a fork costs what it changes, and takes no longer for a guest with more memory.
using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using KvmInterop;
using KvmInterop.Examples;
using KvmInterop.Examples.SnapshotFork;

const int MiB = 1 << 20;

Option<int> forks = NumberOption.Create("--forks", "How many forks", 1_000, 1, 1_000_000);
Option<int> together = NumberOption.Create("--together", "How many are there at the same time", 50, 1, 500);
Option<int> memory = NumberOption.Create("--memory", "MiB of the guest's memory", 64, 1, 2_048);
RootCommand command = new("Forks a warmed-up guest a thousand times, copy-on-write.")
{
    forks, together, memory,
};
return Example.Run(args, command, (options, token) =>
{
    // The guest is x86 code, and its registers are set as x86 has them.
    if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
    {
        return Example.Complain("the guest is an x86 one; run this on an x86-64 machine");
    }

    using TemporaryFolder folder = new();
    using Kvm kvm = Kvm.Open(options.GetRequiredValue(Example.KvmOption));

    // 1. A guest that takes its time until it can be used.
    VmSnapshot snapshot;
    long begun = Stopwatch.GetTimestamp();
    using (WarmGuest guest = WarmGuest.Create(kvm, (ulong)options.GetValue(memory) * MiB))
    {
        if (!guest.WarmUp(token))
        {
            return 0;
        }

        Say($"warm after {Milliseconds(begun)}");

        // 2. Its state and its memory go to a folder. The guest itself is not needed any more.
        begun = Stopwatch.GetTimestamp();
        snapshot = guest.Save(folder.PathOf("warm"), kvm);
        Say($"saved in {Milliseconds(begun)}");
    }

    // 3. A fork is a new VM: its memory is the file, mapped copy-on-write, and its registers are those that
    //    were saved. It goes on behind the instruction that said "warm", as if it had done it all itself.
    ForkTimes times = new();
    Queue<WarmGuest> alive = [];
    long copied = 0;
    try
    {
        for (uint i = 0; i < options.GetValue(forks); i++)
        {
            begun = Stopwatch.GetTimestamp();
            WarmGuest fork = WarmGuest.Fork(kvm, snapshot);
            alive.Enqueue(fork);
            times.Add(Stopwatch.GetElapsedTime(begun));

            // 4. Each gets a request of its own, and its answer depends on all that the guest did before.
            if (fork.Answer(i, token) is not uint answer)
            {
                return 0;
            }

            if (answer != WarmGuest.Expected(i))
            {
                return Example.Complain($"fork {i} answered {answer} and not {WarmGuest.Expected(i)}");
            }

            if (alive.Count == options.GetValue(together))
            {
                // 5. What they have written to is theirs alone: the kernel knows how many pages that are.
                copied = OwnMemory.OfMappings(snapshot.Folder) / alive.Count;
                DisposeAll(alive);
            }
        }

        copied = alive.Count == 0 ? copied : OwnMemory.OfMappings(snapshot.Folder) / alive.Count;
    }
    finally
    {
        DisposeAll(alive);
    }

    Say($"{times.Count:#,0} forks, all with the right answer: {times}");
    Say($"each has {copied >> 10:#,0} KiB of its own, of {options.GetValue(memory):#,0} MiB");
    return 0;
});

static void DisposeAll(Queue<WarmGuest> guests)
{
    while (guests.TryDequeue(out WarmGuest? guest))
    {
        guest.Dispose();
    }
}

static void Say(FormattableString text) => Console.Out.WriteLine(FormattableString.Invariant(text));

static string Milliseconds(long begun) =>
    FormattableString.Invariant($"{Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0.0} ms");
