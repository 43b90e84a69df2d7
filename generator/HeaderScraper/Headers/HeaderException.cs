namespace KvmInterop.HeaderScraper.Headers;

/// <summary>
/// Something about a header tree that the user has to put right: the message says what is wrong and what to
/// do.
/// </summary>
internal sealed class HeaderException(string message) : Exception(message)
{
    /// <summary>What always helps where an archive does not.</summary>
    public const string OwnTree =
        "name the tree of a kernel's `make headers_install` instead (-p:KvmHeaders=DIR for a build)";
}
