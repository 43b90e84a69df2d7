using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>Everything that a name stands for on one architecture.</summary>
internal static class NamePage
{
    /// <param name="where">What is said of the architecture; several may read alike.</param>
    /// <param name="name">C's name, or a record's and the path of its member.</param>
    /// <returns>Nothing where there is no such name.</returns>
    public static IReadOnlyList<StyledText> Of(ApiDocument document, string where, string name, int width)
    {
        Page page = new();
        Catalog catalog = Catalog.Of(document);
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        foreach (Entry entry in catalog.Find(dot < 0 ? name : name[..dot]))
        {
            if (dot < 0)
            {
                Write(page, catalog, where, entry, width);
            }
            else if (entry.Item is ApiRecord record
                && RecordMember.Of(record).FirstOrDefault(one => one.Path == name[(dot + 1)..]) is { } member)
            {
                RecordPage.Write(page, where, record, member, width);
            }
        }

        return page.Lines;
    }

    private static void Write(Page page, Catalog catalog, string where, Entry entry, int width)
    {
        if (page.Lines.Count > 0)
        {
            page.Blank();
        }

        switch (entry.Item)
        {
            case ApiRecord record:
                RecordPage.Write(page, catalog, where, record, width);
                break;
            case ApiIoctl ioctl:
                IoctlPage.Write(page, catalog.Document, where, ioctl, width);
                break;
            case ApiConstant constant:
                ValuePages.Write(page, where, constant);
                break;
            case ApiEnumMember member:
                ValuePages.Write(page, where, member, entry.Of!);
                break;
            case ApiEnum item:
                ValuePages.Write(page, where, item);
                break;
            case ApiFunction function:
                ValuePages.Write(page, where, function, width);
                break;
            case ApiSkipped macro:
                ValuePages.Write(page, where, macro);
                break;
        }
    }
}
