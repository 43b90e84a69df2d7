using System.Text;

namespace KvmInterop.Tests.Testing;

/// <summary>Texts in a trace of .NET's EventPipe, without a reader of traces.</summary>
public static class TraceText
{
    /// <summary>Whether an event has it: UTF-16 with a zero behind it, at any byte.</summary>
    public static bool IsIn(byte[] trace, string text) =>
        trace.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text + '\0')) >= 0;
}
