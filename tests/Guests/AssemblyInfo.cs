// The machine of the lab has one processor: guests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
