namespace KvmInterop;

/// <summary>What a snapshot's folder has, as its manifest says.</summary>
internal sealed record SnapshotManifest
{
    internal const string FileName = "manifest.json";
    internal const string Format = "KvmInterop snapshot";
    internal const string StateFile = "state.bin";

    /// <summary>Raised with every change that older readers would misunderstand.</summary>
    internal const int Version = 2;

    /// <summary>This snapshot's own, and no other's: what is built on it names it.</summary>
    internal required Guid Id { get; init; }

    internal required int PageSize { get; init; }

    /// <summary>The CRC-32C of the state's file.</summary>
    internal required uint StateSum { get; init; }

    /// <summary>The folder of the snapshot that this one builds on, seen from its own; or null.</summary>
    internal string? BaseFolder { get; init; }

    /// <summary>The <see cref="Id"/> of that snapshot.</summary>
    internal Guid? BaseId { get; init; }

    internal required IReadOnlyList<SnapshotRegion> Regions { get; init; }
}
