namespace KvmInterop.Generator.Text;

/// <summary>How far apart two names are: the least number of characters to add, drop or replace.</summary>
internal static class EditDistance
{
    /// <param name="limit">What is returned for all that is as far apart, or farther.</param>
    public static int Between(string left, string right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) >= limit)
        {
            return limit;
        }

        int[] above = new int[right.Length + 1];
        int[] row = new int[right.Length + 1];
        for (int column = 0; column <= right.Length; column++)
        {
            above[column] = column;
        }

        for (int line = 1; line <= left.Length; line++)
        {
            row[0] = line;
            for (int column = 1; column <= right.Length; column++)
            {
                int replaced = above[column - 1] + (left[line - 1] == right[column - 1] ? 0 : 1);
                row[column] = Math.Min(replaced, Math.Min(above[column], row[column - 1]) + 1);
            }

            (above, row) = (row, above);
        }

        return Math.Min(above[right.Length], limit);
    }
}
