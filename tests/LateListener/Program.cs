using KvmInterop;
using KvmInterop.Tests.LateListener;

// A process in which nobody listens to meters or activities when it begins to use KVM, and somebody does later:
// prints whether the library of both was loaded before that, and then what the listeners see.
KvmOperation.Begin("create VM", "")?.Dispose(); // What comes before each VM; needs no KVM.
Report.LoadedBefore();
Report.WhatIsSeen();
