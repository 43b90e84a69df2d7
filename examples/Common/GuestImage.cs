using System.CommandLine;
using Iced.Intel;

namespace KvmInterop.Examples;

/// <summary>Guest programs: a raw image from a file, or one that Iced assembles.</summary>
public static class GuestImage
{
    /// <summary>The optional argument that names a file.</summary>
    public static Argument<string?> Argument { get; } = new("image")
    {
        Description = "A raw 16-bit image, loaded at address 0; without it, the built-in one",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Reads an image that must fit into the guest's memory.</summary>
    /// <exception cref="ExampleException">It cannot be read, is empty or too large.</exception>
    public static byte[] Read(string path, int limit)
    {
        byte[] image = new byte[limit + 1];
        int length;
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read);
            length = file.ReadAtLeast(image, image.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string reason = Directory.Exists(path) ? "it is a directory" : Reason(e);
            throw new ExampleException(
                $"the image {path} cannot be read, {reason}; name a file with a raw 16-bit image");
        }

        return length switch
        {
            0 => throw new ExampleException(
                $"the image {path} is empty; name a file with a raw 16-bit image"),
            _ when length > limit => throw new ExampleException(
                $"the image {path} is larger than the guest's memory of {limit:#,0} bytes; "
                + "name a smaller one"),
            _ => image[..length],
        };
    }

    /// <summary>Assembles a program for 16-bit real mode, for its offset in the code segment.</summary>
    public static byte[] Assemble(Action<Assembler> write, ulong address = 0)
    {
        Assembler assembler = new(bitness: 16);
        write(assembler);
        using MemoryStream image = new();
        assembler.Assemble(new StreamCodeWriter(image), address);
        return image.ToArray();
    }

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "this user may not read it",
        _ => e.Message.TrimEnd('.'),
    };
}
