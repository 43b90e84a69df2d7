namespace KvmInterop;

/// <summary>Objects that are seen as long as somebody else keeps them. For any thread.</summary>
/// <remarks>
/// Links of our own: .NET's list of them would be all that a program loads System.Collections for before its
/// first VM runs.
/// </remarks>
internal sealed class WeakSet<T>
    where T : class
{
    private readonly Lock gate = new();
    private Place? first;
    private Place? last;
    private int count;

    // Dead references are swept out whenever there are twice as many as were left by the last sweep: the cost
    // of that is shared by so many additions.
    private int sweepAt = 64;

    /// <summary>Adds an object by a reference that its owner may use for more.</summary>
    /// <returns>Its place, to remove it with.</returns>
    internal Place Add(WeakReference<T> item)
    {
        Place place = new(item) { IsTaken = true };
        lock (gate)
        {
            if (count >= sweepAt)
            {
                Sweep();
                sweepAt = Math.Max(64, count * 2);
            }

            place.Previous = last;
            if (last is null)
            {
                first = place;
            }
            else
            {
                last.Next = place;
            }

            last = place;
            count++;
            return place;
        }
    }

    /// <summary>Takes an object out; nothing happens where it is out already.</summary>
    internal void Remove(Place place)
    {
        lock (gate)
        {
            if (place.IsTaken)
            {
                Unlink(place);
            }
        }
    }

    /// <summary>Those that live now, in the order in which they came.</summary>
    internal List<T> Snapshot()
    {
        List<T> live = [];
        lock (gate)
        {
            for (Place? place = first; place is not null; place = place.Next)
            {
                if (place.Reference.TryGetTarget(out T? item))
                {
                    live.Add(item);
                }
            }
        }

        return live;
    }

    private void Sweep()
    {
        for (Place? place = first; place is not null;)
        {
            Place? next = place.Next;
            if (!place.Reference.TryGetTarget(out _))
            {
                Unlink(place);
            }

            place = next;
        }
    }

    private void Unlink(Place place)
    {
        if (place.Previous is null)
        {
            first = place.Next;
        }
        else
        {
            place.Previous.Next = place.Next;
        }

        if (place.Next is null)
        {
            last = place.Previous;
        }
        else
        {
            place.Next.Previous = place.Previous;
        }

        // Its owner may keep it long: it must not keep those that came after it.
        place.Previous = null;
        place.Next = null;
        place.IsTaken = false;
        count--;
    }

    /// <summary>Where in the set an object is.</summary>
    internal sealed class Place(WeakReference<T> reference)
    {
        internal WeakReference<T> Reference { get; } = reference;

        internal bool IsTaken { get; set; }

        internal Place? Previous { get; set; }

        internal Place? Next { get; set; }
    }
}
