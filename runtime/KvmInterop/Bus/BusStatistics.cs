namespace KvmInterop;

/// <summary>The accesses to one range since <see cref="BusRange.CollectsStatistics"/> was set.</summary>
/// <param name="Reads">Calls of the device's Read. Each element of a string instruction is one.</param>
/// <param name="Writes">Calls of its Write.</param>
/// <param name="BytesRead">Bytes that it was asked for.</param>
/// <param name="BytesWritten">Bytes that it was given.</param>
public readonly record struct BusStatistics(long Reads, long Writes, long BytesRead, long BytesWritten);
