namespace KvmInterop.Tests.Guests;

/// <summary>What the guest's shell computes as "compute" (tests/guest-lab/guest/init), done here.</summary>
internal static class Computation
{
    /// <summary>The result after so many steps.</summary>
    public static long After(int steps)
    {
        long x = 1;
        for (int i = 0; i < steps; i++)
        {
            x = ((x * 1103515245) + 12345) % 2147483648;
        }

        return x;
    }
}
