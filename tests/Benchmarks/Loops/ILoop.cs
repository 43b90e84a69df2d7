namespace KvmInterop.Tests.Benchmarks.Loops;

/// <summary>Does its thing so often.</summary>
internal interface ILoop
{
    void Run(long count);
}
