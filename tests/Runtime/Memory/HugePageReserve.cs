using System.Globalization;

namespace KvmInterop.Tests.Runtime.Memory;

/// <summary>
/// More reserved huge pages for the length of a test, where this user may change their number.
/// </summary>
internal sealed class HugePageReserve : IDisposable
{
    private const string Number = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";

    private readonly int before;

    private HugePageReserve(int before) => this.before = before;

    public static HugePageReserve Of2MiB(int pages)
    {
        Skip.IfNot(File.Exists(Number), "needs huge pages of 2 MiB");
        int before = Read();
        try
        {
            Write(before + pages);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Skip.If(true, $"may not reserve huge pages; run as root, or write their number to {Number}");
        }

        HugePageReserve reserve = new(before);
        if (Read() < before + pages)
        {
            reserve.Dispose();
            Skip.If(true, $"the machine's memory is too fragmented for {pages} huge pages of 2 MiB");
        }

        return reserve;
    }

    public void Dispose() => Write(before);

    private static int Read() => int.Parse(File.ReadAllText(Number), CultureInfo.InvariantCulture);

    private static void Write(int pages) =>
        File.WriteAllText(Number, pages.ToString(CultureInfo.InvariantCulture));
}
