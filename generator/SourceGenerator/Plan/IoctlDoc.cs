using KvmInterop.ApiModel;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Plan;

/// <summary>What the documentation of an ioctl's methods says; all of it XML.</summary>
internal static class IoctlDoc
{
    public static string Summary(Placed<ApiIoctl> placed, IoctlKnowledge? known) =>
        known is null
            ? $"{XmlDoc.Code(placed.Name)}, of which only its macro is known."
            : $"{XmlDoc.Escape(known.Summary)} ({XmlDoc.Code(placed.Name)})";

    public static string Remarks(
        Placed<ApiIoctl> placed, IoctlKnowledge? known, ArchitectureSet architectures)
    {
        ApiIoctl first = placed.Variants.First(pair => architectures.Has(pair.Key)).Value;
        string request = $"{XmlDoc.Code(first.C)} of {XmlDoc.Code(first.Header)}: request "
            + $"{Numbers(placed, architectures)}, direction {first.Direction}.";
        if (known is null)
        {
            return request + "\nIt is newer than this generator's list of ioctls, so every kind of fd has it "
                + "and its argument is a raw one.";
        }

        string files = $"For a {string.Join(" or ", known.Fds)} fd.";
        string capability = known.Capabilities.Length == 0
            ? ""
            : " Capability: " + string.Join(" or ", known.Capabilities.Select(XmlDoc.Code)) + ".";
        ArchitectureSet implemented = Architectures.FromModel(known.Architectures);
        string where = implemented == ArchitectureSet.None ? "" : $" Architectures: {implemented.Names()}.";
        string section = known.Section.Length == 0
            ? ""
            : $" The kernel's Documentation/virt/kvm/api.rst, section {XmlDoc.Escape(known.Section)}.";
        return $"{request}\n{files}{capability}{where}{section}";
    }

    public static string Returns(IoctlKnowledge? known)
    {
        string success = known?.Result switch
        {
            "zero" => "0",
            "fd" => "A new file descriptor, which the caller is to close",
            "count" => "A number of entries",
            "size" => "A number of bytes",
            "boolean" => "1 for yes, 0 for no",
            "number" => "A number",
            _ => "What the kernel returns",
        };
        return success
            + ", or -1: <see cref=\"System.Runtime.InteropServices.Marshal.GetLastPInvokeError\"/> "
            + "is then the errno.";
    }

    /// <summary>
    /// Where the header has it and the kernel implements it; the header's word if that is nowhere.
    /// </summary>
    public static ArchitectureSet Implemented(ArchitectureSet header, IoctlKnowledge? known)
    {
        ArchitectureSet kernel = known is null ? header : Architectures.FromModel(known.Architectures);
        return (header & kernel) == ArchitectureSet.None ? header : header & kernel;
    }

    /// <summary><c>0xAE80 (Ppc64le, Mips64: 0x2000AE80)</c>.</summary>
    private static string Numbers(Placed<ApiIoctl> placed, ArchitectureSet architectures)
    {
        List<KeyValuePair<uint, ArchitectureSet>> numbers = [];
        foreach (KeyValuePair<ArchitectureSet, ApiIoctl> variant in placed.Variants)
        {
            if (!architectures.Has(variant.Key))
            {
                continue;
            }

            int index = numbers.FindIndex(pair => pair.Key == variant.Value.Value);
            if (index < 0)
            {
                numbers.Add(new(variant.Value.Value, variant.Key));
            }
            else
            {
                numbers[index] = new(numbers[index].Key, numbers[index].Value | variant.Key);
            }
        }

        string first = XmlDoc.Code(Literal.Hex(numbers[0].Key));
        IEnumerable<string> others = numbers
            .Skip(1)
            .Select(pair => $"{pair.Value.Names()}: {XmlDoc.Code(Literal.Hex(pair.Key))}");
        return numbers.Count == 1 ? first : $"{first} ({string.Join("; ", others)})";
    }
}
