using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>
/// An interpolated string that says what a failed call was about, and is made only if it failed: the last
/// argument of <see cref="KvmException.ThrowIfError(int, string, KvmFdKind, ref KvmErrorDetail)"/>.
/// </summary>
/// <remarks>For the compiler. A call that succeeds formats and allocates nothing.</remarks>
[InterpolatedStringHandler]
public ref struct KvmErrorDetail
{
    private readonly int errno;
    private DefaultInterpolatedStringHandler text;

    /// <summary>Begins the string where the result is an error.</summary>
    /// <param name="literalLength">Characters outside of the holes.</param>
    /// <param name="formattedCount">How many holes.</param>
    /// <param name="result">What the ioctl returned.</param>
    /// <param name="failed">Whether the string is wanted.</param>
    public KvmErrorDetail(int literalLength, int formattedCount, int result, out bool failed)
    {
        failed = result < 0;
        if (failed)
        {
            // Before anything is formatted, which may call the system and change it.
            errno = Marshal.GetLastPInvokeError();
            text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }
    }

    /// <summary>Adds what stands outside of the holes.</summary>
    public void AppendLiteral(string value) => text.AppendLiteral(value);

    /// <summary>Adds a hole's value.</summary>
    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    /// <summary>Adds a hole's value in a format.</summary>
    public void AppendFormatted<T>(T value, string? format) => text.AppendFormatted(value, format);

    [DoesNotReturn]
    internal void Throw(string operation, KvmFdKind? fileKind) =>
        throw new KvmException(operation, errno, fileKind, text.ToStringAndClear());
}
