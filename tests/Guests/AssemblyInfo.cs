// What is shared with tests/Arm64Guests boots guests by it.
global using GuestProgram = KvmInterop.Tests.Guests.LinuxVm;

// The machine of the lab has one processor: guests take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
