return KvmInterop.Tests.Benchmarks.Loops.LoopProgram.Run();
