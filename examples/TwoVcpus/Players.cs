using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Examples.TwoVcpus;

/// <summary>
/// What both processors run: <c>bx</c> says which of them it is, 0 or 1, and <c>cx</c> how many turns it has.
/// </summary>
internal static class Players
{
    /// <summary>Where the program is.</summary>
    public const ulong Entry = 0x1000;

    /// <summary>The address of the word that both count turns in: even, the first's turn; odd, the second's.
    /// </summary>
    public const ulong Turns = 0x2000;

    /// <summary>Where a player says that it has its turn.</summary>
    public const ushort Port = 0x10;

    /// <summary>The machine code.</summary>
    public static byte[] Program() => GuestImage.Assemble(
        guest =>
        {
            Iced.Intel.Label wait = guest.CreateLabel();
            Iced.Intel.Label mine = guest.CreateLabel();

            // Until the word's lowest bit is who we are. Nobody else writes then, so a plain read will do.
            guest.Label(ref wait);
            guest.mov(ax, __word_ptr[(long)Turns]);
            guest.and(ax, 1);
            guest.cmp(ax, bx);
            guest.je(mine);
            guest.pause();
            guest.jmp(wait);

            guest.Label(ref mine);
            guest.@out((byte)Port, al);
            guest.inc(__word_ptr[(long)Turns]);
            guest.loop(wait);
            guest.hlt();
        },
        Entry);
}
