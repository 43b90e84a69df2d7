using System.Globalization;

namespace KvmInterop.Native;

internal sealed partial class VmHandle
{
    private static int made;

    private readonly int number = Interlocked.Increment(ref made);
    private volatile string? name;

    /// <summary>Here and not with the <see cref="Vm"/>, so that its vCPUs know it without keeping
    /// that.</summary>
    internal string Name
    {
        get => name ??= "vm" + number.ToString(CultureInfo.InvariantCulture);
        set => name = value;
    }
}
