namespace KvmInterop.Tests.Benchmarks;

/// <summary>Something is not to be had on this machine, and the measurement is left out for it.</summary>
/// <param name="reason">What is not there, and what to do about it.</param>
internal sealed class CannotMeasureException(string reason) : Exception(reason);
