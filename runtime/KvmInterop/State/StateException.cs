namespace KvmInterop;

/// <summary>
/// A saved state or snapshot that is damaged, or does not fit what it is to be restored to.
/// </summary>
/// <remarks>The message is one sentence: what is wrong, and what to do where something can be done.</remarks>
public sealed class StateException : Exception
{
    /// <summary>Says what does not fit.</summary>
    public StateException(string message)
        : base(message)
    {
    }

    /// <summary>Says what does not fit, with what was found out before.</summary>
    public StateException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
