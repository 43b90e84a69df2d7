namespace KvmInterop.ApiModel;

/// <summary>The content of <c>headers/ioctls.json</c>: what no header says.</summary>
internal sealed record KnowledgeDocument(
    EquatableArray<IoctlKnowledge> Ioctls, EquatableArray<FlexibleKnowledge> Flexible)
{
    /// <summary>Of the registers that are members of records.</summary>
    public EquatableArray<RegisterKnowledge> Registers { get; init; } =
        EquatableArray<RegisterKnowledge>.Empty;
}

/// <param name="Fds"><c>system</c>, <c>vm</c>, <c>vcpu</c>, <c>device</c>: the kinds of file that take
/// it.</param>
/// <param name="Argument"><c>none</c>, <c>value</c>, or a pointer that the kernel reads (<c>in</c>), writes
/// (<c>out</c>) or both (<c>inout</c>).</param>
/// <param name="ArgumentName">The parameter's name in our method.</param>
/// <param name="ArgumentType">The C type behind the pointer or of the value where the macro does not tell it
/// or tells
/// it wrong (<c>struct kvm_reinject_control</c>, <c>void</c>); empty: the macro's.</param>
/// <param name="Result"><c>zero fd count size boolean number</c>.</param>
/// <param name="Capabilities"><c>KVM_CAP_*</c> that say it is there, any of them; none for what every kernel
/// has.</param>
/// <param name="Architectures">Where the kernel implements it (our names).</param>
/// <param name="Section">Section of Documentation/virt/kvm/api.rst, or empty.</param>
/// <param name="Summary">What it does, in one sentence of our own.</param>
internal sealed record IoctlKnowledge(
    string Name,
    EquatableArray<string> Fds,
    string Argument,
    string ArgumentName,
    string ArgumentType,
    string Result,
    EquatableArray<string> Capabilities,
    EquatableArray<string> Architectures,
    string Section,
    string Summary);

/// <summary>Which member of a record counts the entries of its flexible array.</summary>
/// <param name="Count">The member that counts; empty where the unit is <c>none</c>.</param>
/// <param name="Unit"><c>entries</c>, <c>bytes</c> (of the array), <c>total</c> (bytes of header and array) or
/// <c>none</c>: no member of the record counts them.</param>
internal sealed record FlexibleKnowledge(string Record, string Array, string Count, string Unit);

/// <summary>How the whole id of a register is made, of which a header only has the parts.</summary>
/// <param name="Name">The function that makes it: <c>ARM64_CORE_REG</c>.</param>
/// <param name="Index">The macro that makes the id's lowest part from a member:
/// <c>KVM_REG_ARM_CORE_REG</c>.</param>
/// <param name="Constants">The constants of its upper parts: <c>KVM_REG_ARM64</c>,
/// <c>KVM_REG_ARM_CORE</c>.</param>
internal sealed record RegisterKnowledge(string Name, string Index, EquatableArray<string> Constants);
