namespace KvmInterop.Examples;

/// <summary>A user's mistake: its message is the one sentence that the user gets to read.</summary>
public sealed class ExampleException(string message) : Exception(message);
