namespace KvmInterop.Examples.HelloPort;

/// <summary>A port that prints each byte written to it.</summary>
internal sealed class CharacterPort(Stream output) : IBusDevice
{
    public void Read(ulong offset, Span<byte> data) => data.Fill(byte.MaxValue);

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        output.Write(data);
        output.Flush();
    }
}
