namespace KvmInterop.Machine.Boot;

/// <summary>
/// A kernel, initrd, firmware or command line that cannot be booted. The message is one sentence for the user
/// that names the file and the field that is wrong.
/// </summary>
public sealed class BootImageException : Exception
{
    /// <summary>With a sentence.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="inner">What it was found by, or null.</param>
    public BootImageException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
