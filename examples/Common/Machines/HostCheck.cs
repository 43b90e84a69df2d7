using System.Globalization;
using KvmInterop.Native;
using Spectre.Console;

namespace KvmInterop.Examples.Machines;

/// <summary><c>--check</c>: what this host's KVM can do, and what of the request it cannot.</summary>
public static class HostCheck
{
    /// <summary>What machines of every architecture use.</summary>
    private static readonly CapabilityUse[] Shared =
    [
        new(KvmCapability.KVM_CAP_USER_MEMORY, true, "guest memory of this process"),
        new(KvmCapability.KVM_CAP_IRQCHIP, true, "interrupt controllers in the kernel"),
        new(KvmCapability.KVM_CAP_IRQFD, true, "interrupts by eventfd, for virtio devices"),
        new(KvmCapability.KVM_CAP_IOEVENTFD, true, "notifications by eventfd, for virtio devices"),
        new(KvmCapability.KVM_CAP_IMMEDIATE_EXIT, true, "stopping vCPUs without losing a kick"),
        new(KvmCapability.KVM_CAP_BINARY_STATS_FD, false, "--stats: the kernel's own numbers"),
        new(KvmCapability.KVM_CAP_SET_GUEST_DEBUG, false, "--gdb"),
    ];

    /// <summary>Prints the table, and what cannot be.</summary>
    /// <param name="kvm">Is asked.</param>
    /// <param name="uses">What machines of this architecture use besides.</param>
    /// <param name="cpus">How many vCPUs are asked for.</param>
    /// <param name="mostCpus">How many a machine can have.</param>
    /// <param name="others">What else cannot be: sentences.</param>
    /// <returns>The exit code.</returns>
    public static int Print(
        Kvm kvm, IEnumerable<CapabilityUse> uses, int cpus, int mostCpus, IEnumerable<string> others)
    {
        ArgumentNullException.ThrowIfNull(kvm);
        Table table = new Table { Border = TableBorder.Simple }
            .AddColumn("capability").AddColumn("here").AddColumn("for");
        List<string> problems = [];
        foreach ((KvmCapability capability, bool isNeeded, string use) in Shared.Concat(uses))
        {
            int value = kvm.CheckExtension(capability);
            string name = KvmNames.Capability((int)capability) ?? $"{capability}";
            table.AddRow(new Text(name), new Text(Value(value)), new Text(use));
            if (value == 0 && isNeeded)
            {
                problems.Add($"the machine needs {name} ({use}), which this kernel's KVM lacks");
            }
        }

        int most = kvm.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS);
        table.AddRow("KVM_CAP_MAX_VCPUS", Value(most), $"vCPUs; the machine has at most {mostCpus}");
        if (cpus > most)
        {
            problems.Add($"--cpus {cpus} is more than the {most} that this kernel's KVM allows");
        }

        problems.AddRange(others);
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
