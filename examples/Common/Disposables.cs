namespace KvmInterop.Examples;

/// <summary>Any number of things to be disposed together, the last first.</summary>
public sealed class Disposables : IDisposable
{
    private readonly Stack<IDisposable> parts = [];

    /// <summary>Adds one.</summary>
    /// <returns>The same.</returns>
    public T Add<T>(T part)
        where T : IDisposable
    {
        parts.Push(part);
        return part;
    }

    /// <summary>Disposes of them all.</summary>
    public void Dispose()
    {
        while (parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }
    }
}
