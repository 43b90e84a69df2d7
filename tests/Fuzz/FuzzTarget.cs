namespace KvmInterop.Tests.Fuzz;

/// <summary>Something that takes bytes from people who mean harm.</summary>
/// <param name="name">For the command line and reports.</param>
internal abstract class FuzzTarget(string name)
{
    public string Name { get; } = name;

    /// <summary>How far the inputs came.</summary>
    public Tally Tally { get; } = new();

    /// <summary>
    /// Bytes of managed memory that one input may take, however large the numbers in it are: a size that is
    /// believed before it is checked is found by this.
    /// </summary>
    public virtual long MostAllocated => 8 << 20;

    /// <summary>An input that depends on the random numbers alone.</summary>
    public abstract byte[] Make(FuzzRandom random);

    /// <summary>Gives the input to what is tested.</summary>
    /// <returns>Whether it got beyond the first checks: an image was loaded, a request served; false where it was
    /// refused in the documented way, or had no effect.</returns>
    /// <exception cref="Exception">Any: what is tested is at fault.</exception>
    public abstract bool Run(byte[] input);

    /// <summary>One input by its number.</summary>
    public byte[] Make(ulong seed, long input) => Make(FuzzRandom.For(Name, seed, input));

    /// <summary>As <see cref="Run"/>, and looks at what it allocated.</summary>
    public bool RunWithin(byte[] input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isTaken = Run(input);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= MostAllocated
            ? isTaken
            : throw new FuzzFailureException(
                $"{allocated:#,0} bytes were allocated for an input of {input.Length:#,0}");
    }
}

/// <summary>Something that was to hold for every input does not.</summary>
internal sealed class FuzzFailureException(string message) : Exception(message);
