namespace KvmInterop.Tests.Runtime;

/// <summary>Tests that count what the whole process has, and so run by themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
