namespace KvmInterop;

/// <summary>Objects that are seen as long as somebody else keeps them. For any thread.</summary>
internal sealed class WeakSet<T>
    where T : class
{
    private readonly Lock gate = new();
    private readonly List<WeakReference<T>> references = [];

    // Dead references are swept out whenever there are twice as many as were left by the last sweep: the cost
    // of that is shared by so many additions.
    private int sweepAt = 64;

    internal void Add(T item)
    {
        lock (gate)
        {
            if (references.Count >= sweepAt)
            {
                references.RemoveAll(reference => !reference.TryGetTarget(out _));
                sweepAt = Math.Max(64, references.Count * 2);
            }

            references.Add(new WeakReference<T>(item));
        }
    }

    internal void Remove(T item)
    {
        lock (gate)
        {
            // From the end: what is disposed is most often what came last.
            int place = references.FindLastIndex(
                reference => reference.TryGetTarget(out T? other) && ReferenceEquals(other, item));
            if (place >= 0)
            {
                references.RemoveAt(place);
            }
        }
    }

    /// <summary>Those that live now, in the order in which they came.</summary>
    internal List<T> Snapshot()
    {
        List<T> live = [];
        lock (gate)
        {
            foreach (WeakReference<T> reference in references)
            {
                if (reference.TryGetTarget(out T? item))
                {
                    live.Add(item);
                }
            }
        }

        return live;
    }
}
