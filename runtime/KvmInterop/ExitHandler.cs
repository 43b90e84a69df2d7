namespace KvmInterop;

/// <summary>What a handler of exits wants next.</summary>
public enum ExitAction
{
    /// <summary>The exit is handled; run on.</summary>
    Continue,

    /// <summary>The exit is handled; finish it and come back with <see cref="VcpuStop.ByHandler"/>.</summary>
    Stop,

    /// <summary>The exit is not handled; do what the loop does without a handler.</summary>
    Default,
}

/// <summary>Handles an exit on the vCPU's thread.</summary>
/// <param name="exit">A view that is good until the handler returns. What it writes there goes to the
/// guest.</param>
/// <returns>What the loop does next.</returns>
public delegate ExitAction ExitHandler(scoped in VcpuExit exit);
