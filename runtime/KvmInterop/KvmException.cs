using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmInterop.Native;

namespace KvmInterop;

/// <summary>A call to KVM (or a file or mapping that goes with it) that the kernel refused.</summary>
/// <remarks>
/// The message is one sentence: the call, the error, and, where the cause is known, what to do about it.
/// </remarks>
public sealed class KvmException : Exception
{
    /// <summary>Says that <paramref name="operation"/> ended with <paramref name="errno"/>.</summary>
    /// <param name="operation">The macro of an ioctl (<c>KVM_CREATE_VM</c>), or another system call.</param>
    /// <param name="errno">The positive error number.</param>
    /// <param name="fileKind">The kind of file it was made on; null for a call that is no ioctl.</param>
    /// <param name="detail">What exactly it was about (a path, an id), or null.</param>
    public KvmException(string operation, int errno, KvmFdKind? fileKind = null, string? detail = null)
        : this(operation, errno, fileKind, detail, KvmRemedies.For(operation, errno, detail))
    {
    }

    private KvmException(
        string operation, int errno, KvmFdKind? fileKind, string? detail, string? remedy)
        : base(Describe(operation, errno, fileKind, detail, remedy))
    {
        Operation = operation;
        Errno = errno;
        FileKind = fileKind;
        Remedy = remedy;
    }

    /// <summary>
    /// The macro of the ioctl, or the name of another system call: <c>open</c>, <c>mmap</c>.
    /// </summary>
    public string Operation { get; }

    /// <summary>The error number.</summary>
    public int Errno { get; }

    /// <summary>Its name in <c>errno.h</c>: <c>EEXIST</c>.</summary>
    public string ErrnoName => Native.Errno.Name(Errno);

    /// <summary>The kind of file that the ioctl was made on; null for a call that is no ioctl.</summary>
    public KvmFdKind? FileKind { get; }

    /// <summary>The known cause and what to do, or null.</summary>
    public string? Remedy { get; }

    /// <summary>Throws where a generated ioctl method returned -1, with the error number it left.</summary>
    /// <param name="result">What the method returned, directly: a call in between may change the error
    /// number.</param>
    /// <param name="operation">The ioctl's macro.</param>
    /// <param name="fileKind">The kind of file it was made on.</param>
    /// <param name="detail">What exactly it was about, or null.</param>
    /// <returns><paramref name="result"/>.</returns>
    /// <exception cref="KvmException">The result is negative.</exception>
    public static int ThrowIfError(int result, string operation, KvmFdKind fileKind, string? detail = null)
    {
        if (result < 0)
        {
            ThrowForLastError(operation, fileKind, detail);
        }

        return result;
    }

    /// <summary>As the other, with a detail that is made only where the call failed.</summary>
    /// <inheritdoc cref="ThrowIfError(int, string, KvmFdKind, string?)"/>
    public static int ThrowIfError(
        int result,
        string operation,
        KvmFdKind fileKind,
        [InterpolatedStringHandlerArgument(nameof(result))] ref KvmErrorDetail detail)
    {
        if (result < 0)
        {
            detail.Throw(operation, fileKind);
        }

        return result;
    }

    [DoesNotReturn]
    internal static void ThrowForLastError(string operation, KvmFdKind? fileKind, string? detail = null) =>
        throw new KvmException(operation, Marshal.GetLastPInvokeError(), fileKind, detail);

    private static string Describe(
        string operation, int errno, KvmFdKind? fileKind, string? detail, string? remedy)
    {
        string on = fileKind is null ? "" : $" on the {KindName(fileKind.Value)} file";
        string about = detail is null ? "" : $" ({detail})";
        string whatToDo = remedy is null ? "" : $": {remedy}";
        return $"{operation}{about} failed{on} with {Native.Errno.Name(errno)}, "
            + $"\"{Native.Errno.Text(errno)}\"{whatToDo}";
    }

    private static string KindName(KvmFdKind kind) => kind switch
    {
        KvmFdKind.System => "system",
        KvmFdKind.Vm => "VM",
        KvmFdKind.Vcpu => "vCPU",
        KvmFdKind.Device => "device",
        _ => "KVM",
    };
}
