namespace KvmInterop.Tests.Fuzz;

/// <summary>Something that takes bytes from people who mean harm.</summary>
/// <param name="name">For the command line and reports.</param>
internal abstract class FuzzTarget(string name)
{
    public string Name { get; } = name;

    /// <summary>An input that depends on the random numbers alone.</summary>
    public abstract byte[] Make(FuzzRandom random);

    /// <summary>Gives the input to what is tested.</summary>
    /// <returns>Whether it was taken; false where it was refused in the documented way.</returns>
    /// <exception cref="Exception">Any: what is tested is at fault.</exception>
    public abstract bool Run(byte[] input);

    /// <summary>One input by its number.</summary>
    public byte[] Make(ulong seed, long input) => Make(FuzzRandom.For(Name, seed, input));
}

/// <summary>Something that was to hold for every input does not.</summary>
internal sealed class FuzzFailureException(string message) : Exception(message);
