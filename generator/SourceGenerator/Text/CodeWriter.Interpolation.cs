using System.Globalization;
using System.Runtime.CompilerServices;

namespace KvmInterop.Generator.Text;

internal sealed partial class CodeWriter
{
    /// <summary>
    /// Lets <c>writer.Write($"...")</c> go straight into the writer: no string in between, and no culture,
    /// which an ordinary interpolated string would take from the thread.
    /// </summary>
    [InterpolatedStringHandler]
    internal readonly struct Interpolation
    {
        private readonly CodeWriter writer;

        public Interpolation(int literalLength, int holes, CodeWriter writer)
        {
            _ = literalLength;
            _ = holes;
            this.writer = writer;
        }

        public void AppendLiteral(string value) => writer.Write(value);

        public void AppendFormatted(string? value) => writer.Write(value ?? "");

        public void AppendFormatted(int value) => writer.Write(value.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(long value) => writer.Write(value.ToString(CultureInfo.InvariantCulture));

        /// <summary>
        /// Everything has been written by then; says so to the compiler, which wants the value used.
        /// </summary>
        internal void Complete() => _ = writer;
    }
}
