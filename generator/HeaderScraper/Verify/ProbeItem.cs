namespace KvmInterop.HeaderScraper.Verify;

/// <summary>One question to a C compiler, and what the model answers.</summary>
/// <param name="Subject">What it is about, under its C name: <c>kvm_run.io.port</c>.</param>
/// <param name="Aspect">What of it: <c>offset</c>, <c>size</c>, <c>value</c>, <c>type</c>.</param>
/// <param name="Expression">An integer constant expression of C.</param>
/// <param name="Expected">The answers that agree with the model: usually one.</param>
/// <param name="Show">How an answer reads in a report.</param>
internal sealed record ProbeItem(
    string Subject, string Aspect, string Expression, ulong[] Expected, Func<ulong, string> Show)
{
    public static ProbeItem Number(string subject, string aspect, string expression, long expected) => new(
        subject, aspect, expression, [(ulong)expected], value => $"{(long)value}");
}

/// <summary>A member whose bits are found by setting them all in an object and reading its bytes.</summary>
/// <param name="Type">C type of the record, <c>struct kvm_s390_vm_cpu_feat</c>.</param>
/// <param name="Member">Path of the bit-field in it.</param>
internal sealed record BitProbe(string Subject, string Type, string Member, long BitOffset, int Width);

/// <summary>A string constant.</summary>
internal sealed record StringProbe(string Name, string Expected);

/// <summary>What C cannot be asked, with the reason: it is told, never passed over.</summary>
internal sealed record NotComparable(string Subject, string Aspect, string Reason);

/// <summary>A part of the model on which a compiler disagrees.</summary>
internal sealed record Difference(string Subject, string Aspect, string Model, string Compiler)
{
    public override string ToString() => $"{Subject}: {Aspect} is {Model} in the model and {Compiler} in C";
}
