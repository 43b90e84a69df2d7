namespace KvmInterop;

/// <summary>
/// What a vCPU looks at after each exit. In a class without a static constructor, so that the look is one
/// load.
/// </summary>
internal static class ExitEvents
{
    /// <summary>
    /// Whether no listener wants an event for every exit; false until there is an event source, which knows.
    /// </summary>
    internal static bool AreIgnored;
}
