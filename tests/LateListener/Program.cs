using KvmInterop;
using KvmInterop.Tests.LateListener;

// A process in which nobody listens when it begins to use KVM, and somebody may later. The argument says who.
KvmOperation.Begin("create VM", "")?.Dispose(); // What comes before each VM; needs no KVM.
switch (args)
{
    case ["meters"]:
        Meters.LoadedBefore();
        Meters.WhatIsSeen();
        break;

    case ["nobody"]:
        Events.IsSourceThere();
        break;

    case ["nobody, for a while"]:
        Thread.Sleep((int)KvmEvents.Patience);
        KvmOperation.Begin("run", "vm1")?.Dispose();
        Events.IsSourceThere();
        break;

    case ["listener"]:
        Events.WhatIsHeard();
        break;

    case ["tool"]:
        Console.WriteLine("ready");
        while (Console.In.Peek() == '\n')
        {
            Console.In.Read();
            KvmOperation.Begin("run", "vm1")?.Dispose();
            Console.WriteLine("done");
        }

        break;
}
