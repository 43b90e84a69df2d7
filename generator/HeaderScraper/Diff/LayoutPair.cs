using KvmInterop.ApiModel;

namespace KvmInterop.HeaderScraper.Diff;

/// <summary>A line of the old layout and the line of the new one that is the same member's; one may be
/// null.</summary>
internal sealed record LayoutPair(LayoutRow? Old, LayoutRow? New)
{
    public bool IsSame => Old == New;

    /// <summary>Both layouts, in an order that keeps each one's: the longest common sequence side by
    /// side.</summary>
    public static IReadOnlyList<LayoutPair> Of(ApiRecord before, ApiRecord after)
    {
        IReadOnlyList<LayoutRow> old = LayoutRow.Of(before);
        IReadOnlyList<LayoutRow> @new = LayoutRow.Of(after);
        int[,] common = new int[old.Count + 1, @new.Count + 1];
        for (int i = old.Count - 1; i >= 0; i--)
        {
            for (int j = @new.Count - 1; j >= 0; j--)
            {
                common[i, j] = old[i].Key == @new[j].Key
                    ? common[i + 1, j + 1] + 1
                    : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        List<LayoutPair> pairs = [];
        for (int i = 0, j = 0; i < old.Count || j < @new.Count;)
        {
            if (i < old.Count && j < @new.Count && old[i].Key == @new[j].Key)
            {
                pairs.Add(new LayoutPair(old[i++], @new[j++]));
            }
            else if (j == @new.Count || (i < old.Count && common[i + 1, j] >= common[i, j + 1]))
            {
                pairs.Add(new LayoutPair(old[i++], null));
            }
            else
            {
                pairs.Add(new LayoutPair(null, @new[j++]));
            }
        }

        return pairs;
    }
}
