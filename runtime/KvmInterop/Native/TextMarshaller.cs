using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace KvmInterop.Native;

/// <summary>A path or a name for a call of the C library: UTF-8, which nearly always is ASCII.</summary>
/// <remarks>
/// For <c>/dev/kvm</c> .NET's own conversion would often be the first of the process, for which it loads the
/// types of its vectors: 2 ms, as much as all else of opening KVM.
/// </remarks>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(In))]
internal static unsafe class TextMarshaller
{
    /// <summary>Made by the generated call, for as long as it lasts.</summary>
    internal ref struct In
    {
        private const byte HighestAscii = 0x7f;

        private Utf8StringMarshaller.ManagedToUnmanagedIn other;
        private byte* text;

        public static int BufferSize => Utf8StringMarshaller.ManagedToUnmanagedIn.BufferSize;

        /// <param name="managed">The text.</param>
        /// <param name="buffer">On the caller's stack, so that it stays where it is.</param>
        public void FromManaged(string managed, Span<byte> buffer)
        {
            if (!TryCopy(managed, buffer))
            {
                other.FromManaged(managed, buffer);
                text = other.ToUnmanaged();
                return;
            }

            // SAFETY: the buffer lies on the stack of the caller, who makes the call, so it stays where it is.
            fixed (byte* start = buffer)
            {
                text = start;
            }
        }

        public readonly byte* ToUnmanaged() => text;

        public void Free() => other.Free();

        private static bool TryCopy(string text, Span<byte> buffer)
        {
            if (text.Length >= buffer.Length)
            {
                return false;
            }

            for (int i = 0; i < text.Length; i++)
            {
                if (text[i] > HighestAscii)
                {
                    return false;
                }

                buffer[i] = (byte)text[i];
            }

            buffer[text.Length] = 0;
            return true;
        }
    }
}
