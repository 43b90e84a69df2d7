using System.Runtime.CompilerServices;

namespace KvmInterop.Tests.Runtime.Diagnostics;

public class WeakSetTests
{
    private readonly WeakSet<object> set = new();

    [Fact]
    public void Snapshot_whileObjectsComeAndGo_hasThoseInTheOrderInWhichTheyCame()
    {
        Random random = new(3);
        List<(object Item, WeakSet<object>.Place Place)> present = [];
        for (int turn = 0; turn < 2_000; turn++)
        {
            if (present.Count > 0 && random.Next(2) == 0)
            {
                int gone = random.Next(present.Count);
                set.Remove(present[gone].Place);
                set.Remove(present[gone].Place); // Once more is no harm.
                present.RemoveAt(gone);
            }
            else
            {
                object item = new();
                present.Add((item, set.Add(new WeakReference<object>(item))));
            }

            Assert.Equal(present.Select(each => each.Item), set.Snapshot());
        }
    }

    [Fact]
    public void Add_manyThatNobodyKeeps_sweepsTheirPlaces()
    {
        object kept = new();
        set.Add(new WeakReference<object>(kept));
        WeakReference place = AddForgotten();
        for (int i = 0; i < 10 && place.IsAlive; i++)
        {
            GC.Collect();
            AddForgotten();
        }

        Assert.False(place.IsAlive);
        Assert.Equal([kept], set.Snapshot().Where(item => item == kept));
    }

    [Fact]
    public void Remove_placeThatIsKept_keepsNoneThatCameLater()
    {
        WeakSet<object>.Place kept = set.Add(new WeakReference<object>(this));
        WeakReference later = AddForgotten();
        set.Remove(kept);
        for (int i = 0; i < 10 && later.IsAlive; i++)
        {
            GC.Collect();
            AddForgotten();
        }

        Assert.False(later.IsAlive);
        GC.KeepAlive(kept);
    }

    // A hundred, whose places only the set keeps; one of those.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AddForgotten()
    {
        WeakReference one = new(set.Add(new WeakReference<object>(new object())));
        for (int i = 0; i < 99; i++)
        {
            set.Add(new WeakReference<object>(new object()));
        }

        return one;
    }
}
