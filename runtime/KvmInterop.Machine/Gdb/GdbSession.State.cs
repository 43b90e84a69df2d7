namespace KvmInterop.Machine;

/// <content>Registers, memory and breakpoints.</content>
internal sealed partial class GdbSession
{
    private string ReadAllRegisters()
    {
        byte[] values = new byte[target.Registers.Size];
        target.ReadRegisters(currentThread, values);
        return GdbHex.Of(values);
    }

    private string WriteAllRegisters(ReadOnlySpan<byte> text)
    {
        byte[] values = new byte[target.Registers.Size];
        if (!GdbHex.TryBytes(text, values))
        {
            return Error;
        }

        target.WriteRegisters(currentThread, values);
        return Ok;
    }

    private string ReadRegister(ReadOnlySpan<byte> text)
    {
        if (!TryRegister(text, out Range range))
        {
            return Error;
        }

        byte[] values = new byte[target.Registers.Size];
        target.ReadRegisters(currentThread, values);
        return GdbHex.Of(values.AsSpan(range));
    }

    private string WriteRegister(ReadOnlySpan<byte> text)
    {
        int middle = text.IndexOf((byte)'=');
        if (middle < 0 || !TryRegister(text[..middle], out Range range))
        {
            return Error;
        }

        byte[] values = new byte[target.Registers.Size];
        target.ReadRegisters(currentThread, values);
        if (!GdbHex.TryBytes(text[(middle + 1)..], values.AsSpan(range)))
        {
            return Error;
        }

        target.WriteRegisters(currentThread, values);
        return Ok;
    }

    private bool TryRegister(ReadOnlySpan<byte> text, out Range range)
    {
        bool isThere = GdbHex.TryNumber(text, out ulong number)
            && number < (ulong)target.Registers.Registers.Length;
        range = isThere ? target.Registers.RangeOf((int)number) : default;
        return isThere;
    }

    private string ReadMemory(ReadOnlySpan<byte> text)
    {
        if (!GdbHex.TryPair(text, (byte)',', (byte)':', out ulong address, out ulong length, out _))
        {
            return Error;
        }

        // A shorter answer is allowed: the debugger asks again for the rest.
        byte[] bytes = new byte[Math.Min(length, GdbPackets.MostContent / 2)];
        int read = target.ReadMemory(currentThread, address, bytes);
        return read == 0 && bytes.Length > 0 ? Error : GdbHex.Of(bytes.AsSpan(0, read));
    }

    private string WriteMemory(ReadOnlySpan<byte> text, bool isBinary)
    {
        if (!GdbHex.TryPair(
                text, (byte)',', (byte)':', out ulong address, out ulong length, out ReadOnlySpan<byte> data)
            || length > GdbPackets.MostContent)
        {
            return Error;
        }

        byte[] bytes = new byte[length];
        bool isGood = isBinary ? data.Length == bytes.Length : GdbHex.TryBytes(data, bytes);
        if (!isGood)
        {
            return Error;
        }

        if (isBinary)
        {
            data.CopyTo(bytes);
        }

        return target.WriteMemory(currentThread, address, bytes) == bytes.Length ? Ok : Error;
    }

    // "0,address,kind", and conditions after a semicolon, which were not offered.
    private string ChangeBreakpoint(ReadOnlySpan<byte> text, bool insert)
    {
        if (text.Length < 2 || text[1] != ','
            || !GdbHex.TryPair(text[2..], (byte)',', (byte)';', out ulong address, out ulong length, out _)
            || length > int.MaxValue)
        {
            return Error;
        }

        GdbBreakpointKind kind = (GdbBreakpointKind)(text[0] - '0');
        if (!Enum.IsDefined(kind))
        {
            return Unknown;
        }

        GdbBreakpoint breakpoint = new(kind, address, (int)length);
        bool? done = insert
            ? target.Insert(currentThread, breakpoint)
            : target.Remove(currentThread, breakpoint);
        return done switch
        {
            true => Ok,
            false => Error,
            null => Unknown,
        };
    }
}
