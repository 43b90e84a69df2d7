namespace KvmInterop;

/// <summary>
/// What a vCPU looks at after each exit. In a class without a static constructor, so that the look is one
/// load.
/// </summary>
internal static class ExitEvents
{
    /// <summary>Whether a listener wants an event for every exit.</summary>
    internal static bool AreWanted;
}
