using System.Globalization;
using System.Text.Json;

namespace KvmInterop;

/// <summary>A manifest as JSON, always written in the same way.</summary>
internal static class SnapshotManifestWriter
{
    internal static byte[] Write(SnapshotManifest manifest, VmState state)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", SnapshotManifest.Format);
            json.WriteNumber("version", SnapshotManifest.Version);
            json.WriteString("id", manifest.Id);
            json.WriteString("architecture", state.Architecture.ToString());
            json.WriteNumber("vcpus", state.Vcpus.Count);
            json.WriteNumber("pageSize", manifest.PageSize);
            json.WriteString(
                "stateCrc32c", string.Create(CultureInfo.InvariantCulture, $"0x{manifest.StateSum:x8}"));
            if (manifest.BaseFolder is not null)
            {
                json.WriteStartObject("base");
                json.WriteString("folder", manifest.BaseFolder);
                json.WriteString("id", manifest.BaseId!.Value);
                json.WriteEndObject();
            }

            json.WriteStartArray("memory");
            foreach (SnapshotRegion region in manifest.Regions)
            {
                WriteRegion(json, region, (ulong)manifest.PageSize);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static void WriteRegion(Utf8JsonWriter json, SnapshotRegion region, ulong pageSize)
    {
        json.WriteStartObject();
        json.WriteString("address", Hex(region.Address));
        json.WriteString("size", Hex(region.Size));
        json.WriteBoolean("readOnly", region.IsReadOnly);
        json.WriteString("file", region.File);
        if (region.Pages is not null)
        {
            // The first page of a range, counted from the region's start, and how many, in turn.
            json.WriteStartArray("pages");
            foreach (GuestPageRange range in region.Pages)
            {
                json.WriteNumberValue((range.Address - region.Address) / pageSize);
                json.WriteNumberValue(range.Size / pageSize);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
