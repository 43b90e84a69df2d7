using System.Text;

namespace KvmInterop.Machine.Boot;

/// <summary>Command lines for kernels: C strings in guest memory.</summary>
internal static class CommandLines
{
    /// <summary>Puts one into memory.</summary>
    /// <param name="memory">The guest's.</param>
    /// <param name="address">Where.</param>
    /// <param name="text">The line.</param>
    /// <param name="most">Bytes without the closing zero.</param>
    /// <param name="field">What sets the limit, for the message.</param>
    internal static void Write(GuestMemory memory, ulong address, string text, ulong most, string field)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        if ((ulong)bytes.Length - 1 > most)
        {
            throw new BootImageException(
                $"the command line has {bytes.Length - 1:#,0} bytes, and {field} allows {most:#,0}; shorten it");
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new BootImageException("the command line has a zero byte in it, at which it would end");
        }

        if (!memory.TryWrite(address, bytes))
        {
            throw new BootImageException(
                $"the command line is to lie at 0x{address:x}, where the guest has no memory; give it more");
        }
    }
}
