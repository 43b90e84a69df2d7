using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KvmInterop.Analyzers;

/// <summary>
/// Follows a body's flow of control with the set of architectures that can come to each place, and reports
/// what needs others. A process has one architecture for all its life, so what was once checked holds from
/// there on, also in a lambda that is made there and runs later.
/// </summary>
internal sealed class ArchitectureFlow(
    ArchitectureNeeds needs, ArchitectureConditions conditions, Action<IOperation, ISymbol, int> report)
{
    // With which architectures a local function is called: it has no others.
    private readonly Dictionary<IMethodSymbol, int> entries = new(SymbolEqualityComparer.Default);

    public void Run(ControlFlowGraph graph, int entry)
    {
        // Twice, because a local function may be called by one that is followed after it.
        Collect(graph, entry);
        Collect(graph, entry);
        Follow(graph, entry, isReporting: true);
    }

    private void Collect(ControlFlowGraph graph, int entry) => Follow(graph, entry, isReporting: false);

    private void Follow(ControlFlowGraph graph, int entry, bool isReporting)
    {
        conditions.Add(graph);
        int[] states = Solve(graph, entry);
        foreach (BasicBlock block in graph.Blocks)
        {
            Visit(graph, block, states[block.Ordinal], isReporting);
        }

        foreach (IMethodSymbol function in graph.LocalFunctions)
        {
            int known = entries.TryGetValue(function, out int called) ? called : ArchitectureBits.None;
            Follow(
                graph.GetLocalFunctionControlFlowGraph(function),
                known & ArchitectureNeeds.Promised(function), isReporting);
        }
    }

    /// <summary>The architectures with which each block can be entered.</summary>
    private int[] Solve(ControlFlowGraph graph, int entry)
    {
        int[] states = new int[graph.Blocks.Length];
        Queue<BasicBlock> changed = new();
        Flow(graph.Blocks[0], entry);
        while (changed.Count > 0)
        {
            BasicBlock block = changed.Dequeue();
            int before = states[block.Ordinal];
            int after = block.Operations.Aggregate(before, After);
            Outcome outcome = block.ConditionKind == ControlFlowConditionKind.None
                ? Outcome.Unknown
                : conditions.Read(block.BranchValue);
            outcome = block.ConditionKind == ControlFlowConditionKind.WhenFalse ? !outcome : outcome;
            after = block.BranchValue is null ? after : After(after, block.BranchValue);
            Flow(block.ConditionalSuccessor?.Destination, after & outcome.WhenTrue);
            Flow(block.FallThroughSuccessor?.Destination, after & outcome.WhenFalse);

            // An exception may leave a block before any of its operations.
            foreach (BasicBlock handler in Handlers(graph, block))
            {
                Flow(handler, before);
            }
        }

        return states;

        void Flow(BasicBlock? block, int state)
        {
            if (block is not null && (states[block.Ordinal] | state) != states[block.Ordinal])
            {
                states[block.Ordinal] |= state;
                changed.Enqueue(block);
            }
        }
    }

    /// <summary>The first blocks of what catches, or runs at the end of, a region around a block.</summary>
    private static IEnumerable<BasicBlock> Handlers(ControlFlowGraph graph, BasicBlock block)
    {
        // Not beyond the root: around a lambda's there are regions whose blocks are in another graph.
        for (ControlFlowRegion? region = block.EnclosingRegion;
            region is { Kind: not ControlFlowRegionKind.Root };
            region = region.EnclosingRegion)
        {
            if (region.Kind != ControlFlowRegionKind.Try || region.EnclosingRegion is not { } whole)
            {
                continue;
            }

            foreach (ControlFlowRegion other in whole.NestedRegions)
            {
                if (other != region)
                {
                    yield return graph.Blocks[other.FirstBlockOrdinal];
                }
            }
        }
    }

    private void Visit(ControlFlowGraph graph, BasicBlock block, int state, bool isReporting)
    {
        foreach (IOperation operation in block.Operations)
        {
            VisitOne(graph, operation, state, isReporting);
            state = After(state, operation);
        }

        if (block.BranchValue is not null)
        {
            VisitOne(graph, block.BranchValue, state, isReporting);
        }
    }

    private void VisitOne(ControlFlowGraph graph, IOperation operation, int state, bool isReporting)
    {
        foreach (IOperation each in operation.DescendantsAndSelf())
        {
            if (each is IFlowAnonymousFunctionOperation lambda)
            {
                Follow(
                    graph.GetAnonymousFunctionControlFlowGraph(lambda),
                    state & ArchitectureNeeds.Promised(lambda.Symbol), isReporting);
            }

            if (LocalFunction(each) is { } function)
            {
                entries[function] = state | (entries.TryGetValue(function, out int known) ? known : 0);
            }

            (int bits, ISymbol? symbol) = needs.Of(each);
            if (isReporting && symbol is not null && (state & ~bits) != 0)
            {
                report(each, symbol, bits);
            }
        }
    }

    private static IMethodSymbol? LocalFunction(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod: { MethodKind: MethodKind.LocalFunction } called } =>
            called.OriginalDefinition,
        IMethodReferenceOperation { Method: { MethodKind: MethodKind.LocalFunction } named } =>
            named.OriginalDefinition,
        _ => null,
    };

    /// <summary>What remains after an operation: calls may not return, or only on a condition.</summary>
    private int After(int state, IOperation operation)
    {
        foreach (IOperation each in operation.DescendantsAndSelf())
        {
            if (each is not IInvocationOperation call)
            {
                continue;
            }

            if (Has(call.TargetMethod, "DoesNotReturnAttribute"))
            {
                return ArchitectureBits.None;
            }

            foreach (IArgumentOperation argument in call.Arguments)
            {
                AttributeData? ends = argument.Parameter?.GetAttributes()
                    .FirstOrDefault(one => one.AttributeClass?.Name == "DoesNotReturnIfAttribute");
                if (ends?.ConstructorArguments is [{ Value: bool value }])
                {
                    Outcome outcome = conditions.Read(argument.Value);
                    state &= value ? outcome.WhenFalse : outcome.WhenTrue;
                }
            }
        }

        return state;
    }

    private static bool Has(ISymbol symbol, string attribute) =>
        symbol.GetAttributes().Any(each => each.AttributeClass?.Name == attribute);
}
