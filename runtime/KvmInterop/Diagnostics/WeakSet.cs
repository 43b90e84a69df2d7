namespace KvmInterop;

/// <summary>Objects that are seen as long as somebody else keeps them. For any thread.</summary>
internal sealed class WeakSet<T>
    where T : class
{
    private readonly Lock gate = new();
    private readonly LinkedList<WeakReference<T>> references = [];

    // Dead references are swept out whenever there are twice as many as were left by the last sweep: the cost
    // of that is shared by so many additions.
    private int sweepAt = 64;

    /// <summary>Adds an object by a reference that its owner may use for more.</summary>
    /// <returns>Its place, to remove it with.</returns>
    internal LinkedListNode<WeakReference<T>> Add(WeakReference<T> item)
    {
        lock (gate)
        {
            if (references.Count >= sweepAt)
            {
                Sweep();
                sweepAt = Math.Max(64, references.Count * 2);
            }

            return references.AddLast(item);
        }
    }

    /// <summary>Takes an object out; nothing happens where it is out already.</summary>
    internal void Remove(LinkedListNode<WeakReference<T>> place)
    {
        lock (gate)
        {
            if (place.List is not null)
            {
                references.Remove(place);
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

    private void Sweep()
    {
        for (LinkedListNode<WeakReference<T>>? place = references.First; place is not null;)
        {
            LinkedListNode<WeakReference<T>>? next = place.Next;
            if (!place.Value.TryGetTarget(out _))
            {
                references.Remove(place);
            }

            place = next;
        }
    }
}
