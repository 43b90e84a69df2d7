// The machine has few processors: guests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
