using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KvmInterop.Analyzers;

/// <summary>Reads conditions about the process's architecture, by .NET's property or by KvmHost's.</summary>
internal sealed class ArchitectureConditions
{
    // Locals with all that is ever assigned to them; null where something else changes them.
    private readonly Dictionary<ILocalSymbol, List<IOperation>?> locals = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<CaptureId, List<IOperation>> captures = [];

    public ArchitectureConditions(IOperation root)
    {
        foreach (IOperation operation in root.DescendantsAndSelf())
        {
            switch (operation)
            {
                case IVariableDeclaratorOperation { Symbol: var local } declarator:
                    if (declarator.GetVariableInitializer() is { } initializer)
                    {
                        Assign(local, initializer.Value);
                    }

                    break;
                case ISimpleAssignmentOperation { Target: ILocalReferenceOperation target } assignment:
                    Assign(target.Local, assignment.Value);
                    break;
                case ILocalReferenceOperation { IsDeclaration: false } other when IsChanged(other):
                    Assign(other.Local, null);
                    break;
            }
        }
    }

    /// <summary>Takes in what a flow graph keeps aside, such as the value of a switch.</summary>
    public void Add(ControlFlowGraph graph)
    {
        foreach (IOperation operation in graph.Blocks.SelectMany(block => block.Operations))
        {
            if (operation is IFlowCaptureOperation capture)
            {
                if (!captures.TryGetValue(capture.Id, out List<IOperation> values))
                {
                    captures[capture.Id] = values = [];
                }

                // A graph may be looked at more than once.
                if (values.TrueForAll(value => value.Syntax != capture.Value.Syntax))
                {
                    values.Add(capture.Value);
                }
            }
        }
    }

    public Outcome Read(IOperation? condition) => condition switch
    {
        IParenthesizedOperation inner => Read(inner.Operand),
        IConversionOperation conversion => Read(conversion.Operand),
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not => !Read(not.Operand),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.And } and =>
            Read(and.LeftOperand) & Read(and.RightOperand),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalOr or BinaryOperatorKind.Or } or =>
            Read(or.LeftOperand) | Read(or.RightOperand),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals } equals =>
            ReadEquality(equals.LeftOperand, equals.RightOperand),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.NotEquals } differs =>
            !ReadEquality(differs.LeftOperand, differs.RightOperand),
        IIsPatternOperation pattern => Match(pattern.Value, pattern.Pattern),
        IInvocationOperation { TargetMethod.Name: "HasFlag", Arguments: [var flags] } call =>
            ReadMask(call.Instance, flags.Value),
        ILocalReferenceOperation local => ReadSingle(local),
        IFlowCaptureReferenceOperation capture when Values(capture) is [var value] => Read(value),
        _ => Outcome.Unknown,
    };

    private Outcome ReadSingle(ILocalReferenceOperation reference)
    {
        if (Values(reference) is not [var value])
        {
            return Outcome.Unknown;
        }

        // While it is looked into, it has no value: nothing stops a local from depending on itself.
        locals[reference.Local] = null;
        Outcome outcome = Read(value);
        locals[reference.Local] = [value];
        return outcome;
    }

    private Outcome ReadEquality(IOperation left, IOperation right)
    {
        if (right.ConstantValue is not { HasValue: true } && left.ConstantValue is { HasValue: true })
        {
            (left, right) = (right, left);
        }

        if (Strip(left) is IBinaryOperation { OperatorKind: BinaryOperatorKind.And } mask
            && right.ConstantValue is { HasValue: true, Value: 0 })
        {
            Outcome any = ReadMask(mask.LeftOperand, mask.RightOperand);
            return !(any == Outcome.Unknown ? ReadMask(mask.RightOperand, mask.LeftOperand) : any);
        }

        return Constant(left, right.ConstantValue);
    }

    /// <summary>Whether the architecture is one of a constant set.</summary>
    private Outcome ReadMask(IOperation? value, IOperation mask) =>
        IsKvmHost(value) && Strip(mask)?.ConstantValue is { HasValue: true, Value: int bits }
            ? Outcome.On(bits & ArchitectureBits.All)
            : Outcome.Unknown;

    private Outcome Match(IOperation value, IPatternOperation pattern) => pattern switch
    {
        IConstantPatternOperation constant => Constant(value, constant.Value.ConstantValue),
        INegatedPatternOperation not => !Match(value, not.Pattern),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } or =>
            Match(value, or.LeftPattern) | Match(value, or.RightPattern),
        IBinaryPatternOperation and => Match(value, and.LeftPattern) & Match(value, and.RightPattern),
        IDiscardPatternOperation => new(ArchitectureBits.All, ArchitectureBits.None),
        _ => Outcome.Unknown,
    };

    private Outcome Constant(IOperation value, Optional<object?> constant)
    {
        if (!constant.HasValue)
        {
            return Outcome.Unknown;
        }

        if (IsDotNet(value))
        {
            return Outcome.On(ArchitectureBits.FromDotNet(constant.Value) & ArchitectureBits.All);
        }

        // A condition that is compared with true or false.
        if (constant.Value is bool isTrue)
        {
            return isTrue ? Read(value) : !Read(value);
        }

        // No process has two architectures.
        return IsKvmHost(value) && constant.Value is int bits && (bits & (bits - 1)) == 0
            ? Outcome.On(bits & ArchitectureBits.All)
            : Outcome.Unknown;
    }

    private bool IsDotNet(IOperation? value) =>
        IsProperty(value, "ProcessArchitecture", "RuntimeInformation");

    private bool IsKvmHost(IOperation? value) => IsProperty(value, "Architecture", "KvmHost");

    private bool IsProperty(IOperation? value, string name, string type) => Strip(value) switch
    {
        IPropertyReferenceOperation { Property: var property } =>
            property.Name == name && property.ContainingType.Name == type,
        ILocalReferenceOperation local => Values(local) is [var one] && IsDirectly(one, name, type),
        IFlowCaptureReferenceOperation capture =>
            Values(capture) is [var one] && (IsDirectly(one, name, type) || IsLocal(one, name, type)),
        _ => false,
    };

    private bool IsLocal(IOperation value, string name, string type) =>
        Strip(value) is ILocalReferenceOperation && IsProperty(value, name, type);

    private static bool IsDirectly(IOperation value, string name, string type) =>
        Strip(value) is IPropertyReferenceOperation { Property: var property }
        && property.Name == name && property.ContainingType.Name == type;

    private static IOperation? Strip(IOperation? operation)
    {
        while (true)
        {
            switch (operation)
            {
                case IConversionOperation conversion:
                    operation = conversion.Operand;
                    break;
                case IParenthesizedOperation inner:
                    operation = inner.Operand;
                    break;
                default:
                    return operation;
            }
        }
    }

    private List<IOperation>? Values(ILocalReferenceOperation reference) =>
        locals.TryGetValue(reference.Local, out List<IOperation>? values) ? values : null;

    private List<IOperation>? Values(IFlowCaptureReferenceOperation reference) =>
        captures.TryGetValue(reference.Id, out List<IOperation> values) ? values : null;

    private void Assign(ILocalSymbol local, IOperation? value)
    {
        if (value is null)
        {
            locals[local] = null;
        }
        else if (!locals.TryGetValue(local, out List<IOperation>? values))
        {
            locals[local] = [value];
        }
        else
        {
            values?.Add(value);
        }
    }

    // By something else than a plain assignment: an operator, a call by reference, a deconstruction.
    private static bool IsChanged(ILocalReferenceOperation reference) => reference.Parent switch
    {
        ICompoundAssignmentOperation compound => compound.Target == reference,
        IIncrementOrDecrementOperation or IAddressOfOperation or ITupleOperation => true,
        IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } => true,
        _ => false,
    };
}
