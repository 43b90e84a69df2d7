using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Browse;

namespace KvmInterop.HeaderScraper.Rendering;

/// <summary>What a request number is on an architecture: no, one or several ioctls.</summary>
internal sealed class Explanation
{
    private readonly ModelSet models;
    private readonly string architecture;
    private readonly RequestNumber request;
    private readonly ApiIoctl[] found;

    public Explanation(ModelSet models, string architecture, RequestNumber request)
    {
        this.models = models;
        this.architecture = architecture;
        this.request = request;
        found = [.. models[architecture].Ioctls.Where(ioctl => ioctl.Value == request.Value)];
    }

    public bool IsKnown => found.Length > 0;

    public IReadOnlyList<StyledText> Lines(int width)
    {
        Page page = new();
        if (found is [ApiIoctl only])
        {
            IoctlPage.Write(page, models[architecture], architecture, only, width);
            return page.Lines;
        }

        string what = IsKnown ? $"{found.Length} ioctls" : "no ioctl of KVM's";
        page.Title(request.Hex, $"{what}, {architecture}");
        IoctlPage.WriteNumber(page, request);
        if (IsKnown)
        {
            page.Row("which one", "the file that the call is made on tells");
        }
        else
        {
            WriteNear(page, width);
        }

        foreach (ApiIoctl ioctl in found)
        {
            page.Blank().Title(ioctl.Name, Where(ioctl));
            IoctlPage.WriteMeaning(page, ioctl, width);
        }

        return page.Lines;
    }

    /// <summary>The file that the call was made on tells two ioctls of one number apart.</summary>
    private string Where(ApiIoctl ioctl)
    {
        IoctlKnowledge? row = Knowledge.Of(ioctl.Name);
        if (row is null)
        {
            return "";
        }

        string where = $"on {Knowledge.Files(row)}";
        return row.Architectures.Contains(architecture)
            ? where
            : $"{where}, of {string.Join(", ", row.Architectures)} and not of {architecture}";
    }

    private void WriteNear(Page page, int width)
    {
        string[] elsewhere =
        [
            .. models.Load(models.Architectures).Where(document => document.Architecture != architecture)
                .SelectMany(document => document.Ioctls
                    .Where(ioctl => ioctl.Value == request.Value)
                    .Select(ioctl => (ioctl.Name, document.Architecture)))
                .GroupBy(one => one.Name)
                .Select(names => $"{names.Key} ({string.Join(", ", names.Select(one => one.Architecture))})"),
        ];
        if (elsewhere.Length > 0)
        {
            page.Paragraph("elsewhere", string.Join("; ", elsewhere), width);
        }

        string[] near =
        [
            .. models[architecture].Ioctls
                .Where(ioctl => request.IsKvm && ioctl.Number == request.Number)
                .Select(ioctl =>
                    $"{ioctl.Name} is 0x{ioctl.Value:x} ({ioctl.Direction}, {ioctl.Size} bytes)"),
        ];
        if (near.Length > 0)
        {
            page.Paragraph("same nr", string.Join("; ", near), width);
        }
    }
}
