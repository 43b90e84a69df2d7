namespace KvmInterop.HeaderScraper.Verify;

/// <summary>Why nothing could be compared; its message is for the user.</summary>
internal sealed class VerifyFailure(string message) : Exception(message);
