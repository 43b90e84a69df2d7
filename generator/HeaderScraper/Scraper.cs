using System.Runtime.ExceptionServices;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.HeaderScraper;

/// <summary>Reads several architectures at once: each has its own index of libclang's, and shares
/// nothing.</summary>
internal static class Scraper
{
    /// <param name="name">What is read, for who watches the progress.</param>
    public static IReadOnlyList<T> ReadAll<T>(
        IReadOnlyList<HeaderSet> sets, Func<HeaderSet, T> read, Progress progress, string name)
    {
        if (!progress.IsShown)
        {
            return ReadAll(sets, read);
        }

        int done = 0;
        progress.Say($"reading {name} ...");
        IReadOnlyList<T> results = ReadAll(sets, set =>
        {
            T result = read(set);
            progress.Say($"reading {name}: {Interlocked.Increment(ref done)} of {sets.Count} architectures");
            return result;
        });
        progress.Clear();
        return results;
    }

    /// <summary>The results in the order of the sets; throws the first set's error when any of them
    /// fails.</summary>
    public static IReadOnlyList<T> ReadAll<T>(IReadOnlyList<HeaderSet> sets, Func<HeaderSet, T> read)
    {
        T[] results = new T[sets.Count];
        Exception?[] errors = new Exception?[sets.Count];
        int next = -1;
        Thread[] threads = new Thread[Math.Min(sets.Count, Environment.ProcessorCount) - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work);
            threads[i].Start();
        }

        // This thread works too: for one architecture there is no other.
        Work();
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        foreach (Exception? error in errors)
        {
            if (error is not null)
            {
                ExceptionDispatchInfo.Throw(error);
            }
        }

        return results;

        void Work()
        {
            for (int i = Interlocked.Increment(ref next); i < sets.Count; i = Interlocked.Increment(ref next))
            {
                try
                {
                    results[i] = read(sets[i]);
                }
                catch (ScrapeException exception)
                {
                    errors[i] = exception;
                }
            }
        }
    }
}
