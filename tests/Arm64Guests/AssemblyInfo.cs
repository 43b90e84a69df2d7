// What is shared with tests/Guests boots guests by it.
global using GuestProgram = KvmInterop.Tests.Arm64Guests.Arm64Linux;

// The machine has few processors: guests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
