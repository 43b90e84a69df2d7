namespace KvmInterop.Generator.Text;

/// <summary>Writes documentation comments, wrapped to the width of a page.</summary>
internal static class XmlDoc
{
    private const int Width = 110;

    /// <summary>
    /// Text of a header or of ioctls.json, which may have <c>&lt;</c> and <c>&amp;</c> in it.
    /// </summary>
    public static string Escape(string text) =>
        text.IndexOfAny(['<', '>', '&']) < 0
            ? text
            : text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    public static string Code(string text) => "<c>" + Escape(text) + "</c>";

    /// <summary>
    /// An element on one line if it fits, otherwise with its tags on lines of their own.
    /// <paramref name="content"/> is XML already; its lines are paragraphs.
    /// </summary>
    public static void Element(CodeWriter writer, string tag, string content, string attributes = "")
    {
        int indentation = writer.Indented;
        int room = Width - indentation - "/// ".Length;
        string open = "<" + tag + attributes + ">";
        string close = "</" + tag + ">";
        if (content.IndexOf('\n') < 0 && open.Length + content.Length + close.Length <= room)
        {
            writer.WriteLine($"/// {open}{content}{close}");
            return;
        }

        writer.WriteLine($"/// {open}");
        string[] paragraphs = content.Split('\n');
        for (int i = 0; i < paragraphs.Length; i++)
        {
            Wrap(writer, i == 0 ? paragraphs[i] : $"<para>{paragraphs[i]}</para>", room);
        }

        writer.WriteLine($"/// {close}");
    }

    private static void Wrap(CodeWriter writer, string text, int room)
    {
        int start = 0;
        while (text.Length - start > room)
        {
            int end = text.LastIndexOf(' ', start + room, room);
            if (end <= start)
            {
                end = text.IndexOf(' ', start + room);
            }

            if (end < 0)
            {
                break;
            }

            writer.WriteLine($"/// {text.Substring(start, end - start)}");
            start = end + 1;
        }

        writer.WriteLine($"/// {text.Substring(start)}");
    }
}
