using System.Diagnostics;
using KvmInterop.Tests.SnapshotGuest;

namespace KvmInterop.Tests.Runtime.State;

/// <summary>
/// A guest under timer interrupts, saved at random points and run to its end in processes that never saw it.
/// </summary>
[Collection(Alone.Name)]
public sealed class SnapshotRestoreTests : IDisposable
{
    private const int Points = 200;
    private const int Rounds = 6;
    private const int ProcessesOfTheirOwn = 5;

    private readonly string folder =
        Directory.CreateTempSubdirectory("kvminterop-points-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Guest_savedAtRandomPoints_endsAsIfNothingHadBeen()
    {
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using (GuestVm guest = ChecksumGuest.Create(kvm, Rounds))
        {
            Assert.Equal(ChecksumGuest.Expected(Rounds), guest.RunToResult());
        }

        List<string> folders = SavePoints(kvm, new Random(20));
        string[] alone = [.. folders.Take(ProcessesOfTheirOwn)];
        string[][] together = [.. folders.Skip(ProcessesOfTheirOwn)
            .Chunk((Points - ProcessesOfTheirOwn + 1) / 2)];

        List<string> results = [];
        foreach (string[] one in alone.Select(each => (string[])[each]))
        {
            results.AddRange(await RestoreInProcess("read", one));
        }

        foreach (string[] lines in await Task.WhenAll(together.Select(each => RestoreInProcess("map", each))))
        {
            results.AddRange(lines);
        }

        string expected = $"{ChecksumGuest.Expected(Rounds):x8}";
        Assert.Equal(folders.Select(each => $"{expected} {each}"), results);
    }

    // As many runs as it takes; each is stopped at random moments, saved, and goes on.
    private List<string> SavePoints(Kvm kvm, Random random)
    {
        SnapshotOptions options = new() { FlushToDisk = false };
        List<string> folders = [];
        while (folders.Count < Points)
        {
            using GuestVm guest = ChecksumGuest.Create(kvm, Rounds);
            while (folders.Count < Points && !RunFor(guest, random.Next(4_000)))
            {
                folders.Add(Path.Combine(folder, $"{folders.Count:d3}"));
                VmSnapshot.Save(folders[^1], kvm, guest.Vm, [guest.Vcpu], options: options);
            }

            // Being saved did not change its course either.
            if (guest.Result is uint result)
            {
                Assert.Equal(ChecksumGuest.Expected(Rounds), result);
            }
        }

        return folders;
    }

    // True where the guest came to its end.
    private static bool RunFor(GuestVm guest, int microseconds)
    {
        using CancellationTokenSource end = new();
        Thread kicker = new(() =>
        {
            long until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency * microseconds / 1_000_000);
            while (Stopwatch.GetTimestamp() < until)
            {
                Thread.Yield();
            }

            end.Cancel();
        });
        kicker.Start();
        VcpuStop stop = guest.Loop.Run(end.Token);
        kicker.Join();
        Assert.IsType<VcpuStop.Requested>(stop);
        return guest.Result is not null;
    }

    private static async Task<string[]> RestoreInProcess(string how, string[] folders)
    {
        string program = typeof(GuestVm).Assembly.Location;
        ProcessStartInfo start = new("dotnet", ["exec", program, how, .. folders])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {await errors}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
