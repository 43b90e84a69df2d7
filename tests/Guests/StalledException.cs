namespace KvmInterop.Tests.Guests;

/// <summary>
/// Something did not come in time. In the lab that may be the emulated machine, which is why a scenario is
/// tried once more.
/// </summary>
internal sealed class StalledException(string message) : Exception(message);
