using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;
using KvmInterop.HeaderScraper.Rendering;

namespace KvmInterop.Tests.Tool;

/// <summary>The models that kvmgen carries.</summary>
internal static class Committed
{
    public static ModelSet Set { get; } = new ModelSources(Progress.None).OpenDefault();

    public static IReadOnlyList<ApiDocument> All { get; } = Set.Load(Set.Architectures);
}
