using System.Text;

namespace KvmInterop.Machine;

/// <summary>A debugger's connection: GDB's remote protocol over a target (GDB manual, appendix E).</summary>
/// <remarks>
/// All-stop mode. A packet that is malformed gets an error (<c>E01</c>), one that is unknown an empty answer,
/// as the protocol asks for.
/// </remarks>
internal sealed partial class GdbSession
{
    private const string Ok = "OK";
    private const string Error = "E01";
    private const string Unknown = "";

    private readonly IGdbTarget target;
    private readonly GdbPackets packets;

    // Threads that later packets are about (H), and how the machine stopped.
    private int currentThread = 1;
    private int resumeThread;
    private GdbStop lastStop = new(1, GdbStop.Trap);
    private Task<GdbStop>? running;
    private bool knowsSoftwareBreakpoints;
    private bool knowsHardwareBreakpoints;
    private bool isOver;

    internal GdbSession(IGdbTarget target, Stream stream)
    {
        this.target = target;
        packets = new GdbPackets(stream);
    }

    /// <summary>Called when the machine stands still for the debugger.</summary>
    internal Action? OnAttached { get; init; }

    /// <summary>Serves until the debugger detaches, kills the machine, or is gone.</summary>
    internal async Task RunAsync(CancellationToken token)
    {
        bool isAttached = false;
        try
        {
            target.Attach();
            isAttached = true;
            OnAttached?.Invoke();
            Task<GdbInput> read = packets.ReadAsync(token);
            while (!isOver)
            {
                if (running is not null)
                {
                    await Task.WhenAny(read, running).ConfigureAwait(false);
                    if (running.IsCompleted)
                    {
                        GdbStop stop = await running.ConfigureAwait(false);
                        await (stop.Signal == 0 ? ReportEndAsync(stop) : ReportStopAsync(stop, token))
                            .ConfigureAwait(false);
                        continue;
                    }
                }

                GdbInput input = await read.ConfigureAwait(false);
                await HandleAsync(input, token).ConfigureAwait(false);
                read = isOver ? read : packets.ReadAsync(token);
            }
        }
        finally
        {
            if (isAttached)
            {
                await LeaveAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task LeaveAsync()
    {
        if (running is not null)
        {
            target.Interrupt();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (running is { IsCompletedSuccessfully: true, Result: { Signal: 0 } end })
            {
                await ReportEndAsync(end).ConfigureAwait(false);
            }
        }

        target.Detach();
    }

    // A machine's end is often the server's, too. The debugger is told all the same, unless it does not read.
    private async Task ReportEndAsync(GdbStop stop)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(1));
        try
        {
            await ReportStopAsync(stop, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // It is gone, or as good as gone.
        }
    }

    private async Task HandleAsync(GdbInput input, CancellationToken token)
    {
        switch (input.Kind)
        {
            case GdbInputKind.End:
                isOver = true;
                break;
            case GdbInputKind.Interrupt when running is not null:
                target.Interrupt();
                break;
            case GdbInputKind.Damaged:
                await packets.AcknowledgeAsync(good: false, token).ConfigureAwait(false);
                break;
            case GdbInputKind.Repeat:
                await packets.RepeatAsync(token).ConfigureAwait(false);
                break;
            case GdbInputKind.Packet:
                await packets.AcknowledgeAsync(good: true, token).ConfigureAwait(false);

                // While the machine runs there is nothing to ask it (all-stop mode).
                if (running is null && Answer(input.Packet.Span) is { } answer)
                {
                    await packets.SendAsync(answer, token).ConfigureAwait(false);
                    packets.IsAcknowledging &= !endsAcknowledging;
                }

                break;
        }
    }

    private async Task ReportStopAsync(GdbStop stop, CancellationToken token)
    {
        running = null;
        lastStop = stop;
        currentThread = stop.Thread;
        resumeThread = 0;
        if (stop.Message is not null)
        {
            await packets.SendAsync("O" + GdbHex.OfText(stop.Message + "\n"), token).ConfigureAwait(false);
        }

        await packets.SendAsync(StopReply(), token).ConfigureAwait(false);
    }

    private string StopReply()
    {
        if (lastStop.Signal == 0)
        {
            return "W00";
        }

        string reason = lastStop.Breakpoint switch
        {
            { Kind: GdbBreakpointKind.Software } => knowsSoftwareBreakpoints ? "swbreak:;" : "",
            { Kind: GdbBreakpointKind.Hardware } => knowsHardwareBreakpoints ? "hwbreak:;" : "",
            { Kind: GdbBreakpointKind.Write } watch => $"watch:{GdbHex.Of(watch.Address)};",
            { Kind: GdbBreakpointKind.Read } watch => $"rwatch:{GdbHex.Of(watch.Address)};",
            { Kind: GdbBreakpointKind.Access } watch => $"awatch:{GdbHex.Of(watch.Address)};",
            _ => "",
        };
        return $"T{lastStop.Signal:x2}thread:{lastStop.Thread:x};{reason}";
    }

    /// <summary>The answer to a packet; null for none, now or at all.</summary>
    private string? Answer(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
        {
            return Unknown;
        }

        ReadOnlySpan<byte> rest = packet[1..];
        try
        {
            return (char)packet[0] switch
            {
                '?' => StopReply(),
                'g' => ReadAllRegisters(),
                'G' => WriteAllRegisters(rest),
                'p' => ReadRegister(rest),
                'P' => WriteRegister(rest),
                'm' => ReadMemory(rest),
                'M' => WriteMemory(rest, isBinary: false),
                'X' => WriteMemory(rest, isBinary: true),
                'Z' => ChangeBreakpoint(rest, insert: true),
                'z' => ChangeBreakpoint(rest, insert: false),
                'c' => ResumeAll(rest, isStep: false),
                's' => ResumeAll(rest, isStep: true),
                'C' => ResumeAll(AfterSignal(rest), isStep: false),
                'S' => ResumeAll(AfterSignal(rest), isStep: true),
                'v' => AnswerVerbose(packet),
                'q' or 'Q' => AnswerQuery(packet),
                'H' => ChooseThread(rest),
                'T' => TryThread(rest, out int thread) && target.IsAlive(thread) ? Ok : Error,
                'D' => End(Ok),
                'k' => Kill(null),
                _ => Unknown,
            };
        }
        catch (Exception e) when (e is KvmException or InvalidOperationException or ArgumentException)
        {
            // A vCPU that ended meanwhile, a register that KVM refuses: the debugger can go on.
            return Error;
        }
    }

    private string? End(string? answer)
    {
        isOver = true;
        return answer;
    }

    private string? Kill(string? answer)
    {
        target.Kill();
        return End(answer);
    }

    private string ChooseThread(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2)
        {
            return Error;
        }

        // -1 is all, 0 is any: the protocol leaves the choice.
        bool isAll = rest[1..].SequenceEqual("-1"u8) || rest[1..].SequenceEqual("0"u8);
        int thread = 0;
        if (!isAll && !TryThread(rest[1..], out thread))
        {
            return Error;
        }

        switch ((char)rest[0])
        {
            case 'g':
                currentThread = isAll ? currentThread : thread;
                return Ok;
            case 'c':
                resumeThread = thread;
                return Ok;
            default:
                return Error;
        }
    }

    private bool TryThread(ReadOnlySpan<byte> text, out int thread)
    {
        bool isThere = GdbHex.TryNumber(text, out ulong number)
            && number >= 1 && number <= (ulong)target.ThreadCount;
        thread = isThere ? (int)number : 0;
        return isThere;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
