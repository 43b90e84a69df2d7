using System.Runtime.InteropServices;

namespace KvmInterop.Native;

/// <summary>The one signal that calls threads out of KVM_RUN, and its handler, which does nothing.</summary>
/// <remarks>
/// A handler must be there for a signal to end a system call, and must not be managed: it runs wherever the
/// thread is, also where .NET does not expect calls. So it is a function of the C library that changes
/// nothing, <c>abs</c>.
/// </remarks>
internal static unsafe partial class Signals
{
    private const int HighestSignal = 64;
    private const int Block = 0;
    private const int Unblock = 1;
    private const nint Default = 0; // SIG_DFL
    private const nint Ignore = 1; // SIG_IGN

    // .NET takes the C library's first real-time signal for itself; a few more stay free for debuggers and
    // profilers.
    private const int FirstFreeRealTime = 1;
    private const int DefaultRealTime = 6;

    private static readonly nint NoOperation =
        NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs");

    /// <summary>Gives a signal its handler: the one that the caller chose, or the default.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is not a real-time signal that is free.</exception>
    /// <exception cref="InvalidOperationException">The program has a handler of its own for it.</exception>
    internal static int Prepare(int? chosen)
    {
        int first = FirstRealTimeSignal();
        int signal = chosen ?? first + DefaultRealTime;
        if (signal < first + FirstFreeRealTime || signal > HighestSignal)
        {
            throw new ArgumentOutOfRangeException(
                nameof(chosen),
                $"{signal} is no real-time signal that is free; choose one from {first + FirstFreeRealTime} "
                + $"to {HighestSignal} that the program does not use");
        }

        nint handler = HandlerOf(signal);
        if (handler == NoOperation)
        {
            return signal;
        }

        if (handler is not (Default or Ignore))
        {
            throw new InvalidOperationException(
                $"the program handles signal {signal}, by which vCPUs are called out of their guests; choose "
                + "another by KvmOptions.KickSignal");
        }

        // signal(2) as the C library has it: system calls go on afterwards (SA_RESTART). KVM_RUN ends all the
        // same.
        _ = SetHandler(signal, NoOperation);
        return signal;
    }

    /// <summary>Lets a signal through on the calling thread.</summary>
    /// <returns>Whether the thread had it blocked.</returns>
    internal static bool UnblockOnThisThread(int signal)
    {
        SignalSet one = SignalSet.Of(signal);
        SignalSet before;

        // SAFETY: both sets are whole sigset_t on this stack, and the call keeps neither. With a valid set
        // and a valid "how" it has no error to give.
        _ = SetThreadMask(Unblock, &one, &before);
        return (before.First & one.First) != 0;
    }

    /// <summary>Blocks a signal on the calling thread.</summary>
    internal static void BlockOnThisThread(int signal)
    {
        SignalSet one = SignalSet.Of(signal);

        // SAFETY: as above; the mask from before is not asked for.
        _ = SetThreadMask(Block, &one, null);
    }

    /// <summary>
    /// Returns when the handler has run for each signal that was sent to this thread before.
    /// </summary>
    /// <remarks>
    /// No system call returns to a thread before the signals that wait for it are handled (signal(7)).
    /// </remarks>
    internal static void Deliver() => _ = GetParentProcess();

    /// <summary>Sends to a thread of this process. It must be sure to live until the call returns.</summary>
    /// <returns>0, or EAGAIN where the user has as many queued signals as it may have.</returns>
    [LibraryImport("libc", EntryPoint = "pthread_kill")]
    internal static partial int Send(nint thread, int signal);

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    internal static partial nint ThisThread();

    private static nint HandlerOf(int signal)
    {
        SignalAction action = default;

        // SAFETY: the call writes a whole struct sigaction, which has 152 bytes at most on the architectures
        // of .NET's Linux, and keeps nothing.
        return GetAction(signal, null, &action) == 0 ? action.Handler : Default;
    }

    [LibraryImport("libc", EntryPoint = "__libc_current_sigrtmin")]
    private static partial int FirstRealTimeSignal();

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int GetAction(int signal, SignalAction* action, SignalAction* old);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetThreadMask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentProcess();

    /// <summary>
    /// <c>struct sigaction</c>, of which the handler comes first everywhere; the rest is not read.
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct SignalAction
    {
        public nint Handler;
    }
}
