using System.CommandLine;
using System.Globalization;
using KvmInterop.Machine.Cpu;
using KvmInterop.Machine.Machines;
using KvmInterop.Native;
using Spectre.Console;

namespace KvmInterop.Examples.LinuxVm;

/// <summary><c>--check</c>: what this host's KVM can do, and what of the request it cannot.</summary>
[KvmArchitectures(KvmArchitecture.X64)]
internal static class HostCheck
{
    /// <summary>What the machine uses, whether it must have it, and what for.</summary>
    private static readonly (KvmCapability Capability, bool IsNeeded, string Use)[] Uses =
    [
        (KvmCapability.KVM_CAP_USER_MEMORY, true, "guest memory of this process"),
        (KvmCapability.KVM_CAP_IRQCHIP, true, "interrupt controllers in the kernel"),
        (KvmCapability.KVM_CAP_PIT2, true, "a timer in the kernel"),
        (KvmCapability.KVM_CAP_IRQFD, true, "interrupts by eventfd, for virtio devices"),
        (KvmCapability.KVM_CAP_IOEVENTFD, true, "notifications by eventfd, for virtio devices"),
        (KvmCapability.KVM_CAP_SIGNAL_MSI, true, "interrupts by message, for virtio devices on PCI"),
        (KvmCapability.KVM_CAP_IMMEDIATE_EXIT, true, "stopping vCPUs without losing a kick"),
        (KvmCapability.KVM_CAP_TSC_DEADLINE_TIMER, false, "the guest's timer without a calibration"),
        (KvmCapability.KVM_CAP_ADJUST_CLOCK, false, "snapshots: the guest's clock"),
        (KvmCapability.KVM_CAP_XSAVE2, false, "snapshots: large vector registers"),
        (KvmCapability.KVM_CAP_BINARY_STATS_FD, false, "--stats: the kernel's own numbers"),
        (KvmCapability.KVM_CAP_SET_GUEST_DEBUG, false, "--gdb"),
    ];

    public static int Print(Kvm kvm, ParseResult options)
    {
        Table table = new Table { Border = TableBorder.Simple }
            .AddColumn("capability").AddColumn("here").AddColumn("for");
        List<string> problems = [];
        foreach ((KvmCapability capability, bool isNeeded, string use) in Uses)
        {
            int value = kvm.CheckExtension(capability);
            string name = KvmNames.Capability((int)capability) ?? $"{capability}";
            table.AddRow(new Text(name), new Text(Value(value)), new Text(use));
            if (value == 0 && isNeeded)
            {
                problems.Add($"the machine needs {name} ({use}), which this kernel's KVM lacks");
            }
        }

        if (DeviceOptions.CheckCount(options, options.GetValue(DeviceOptions.Virtio) ?? VirtioBus.Pci) is string many)
        {
            problems.Add(many);
        }

        int mostCpus = kvm.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS);
        table.AddRow("KVM_CAP_MAX_VCPUS", Value(mostCpus), $"vCPUs; the machine has at most {PcCpu.MostCpus}");
        int cpus = options.GetRequiredValue(Options.Cpus);
        if (cpus > mostCpus)
        {
            problems.Add($"--cpus {cpus} is more than the {mostCpus} that this kernel's KVM allows");
        }

        problems.AddRange(Loading.Check(options));
        AnsiConsole.Write(table);
        problems.ForEach(problem => Example.Complain(problem));
        if (problems.Count == 0)
        {
            Console.Out.WriteLine("This host can run the machine as asked for.");
        }

        return problems.Count == 0 ? 0 : Example.Failed;
    }

    private static string Value(int value) => value switch
    {
        0 => "no",
        1 => "yes",
        _ => value.ToString("#,0", CultureInfo.InvariantCulture),
    };
}
