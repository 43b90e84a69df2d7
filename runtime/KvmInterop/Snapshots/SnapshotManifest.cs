using System.Security.Cryptography;

namespace KvmInterop;

/// <summary>What a snapshot's folder has, as its manifest says.</summary>
internal sealed record SnapshotManifest
{
    internal const string FileName = "manifest.json";
    internal const string Format = "KvmInterop snapshot";
    internal const string StateFile = "state.bin";

    /// <summary>Raised with every change that older readers would misunderstand.</summary>
    internal const int Version = 1;

    internal required int PageSize { get; init; }

    internal required string StateHash { get; init; }

    /// <summary>The folder of the snapshot that this one builds on, seen from its own; or null.</summary>
    internal string? BaseFolder { get; init; }

    /// <summary>The <see cref="IdOf"/> of that snapshot's manifest.</summary>
    internal string? BaseId { get; init; }

    internal required IReadOnlyList<SnapshotRegion> Regions { get; init; }

    internal static string IdOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
