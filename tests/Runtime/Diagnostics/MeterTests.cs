using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using KvmInterop.Native;
using KvmInterop.Tests.Runtime.Machines;
using static Iced.Intel.AssemblerRegisters;

namespace KvmInterop.Tests.Runtime.Diagnostics;

/// <summary>What a listener of <see cref="System.Diagnostics.Metrics"/> sees.</summary>
public sealed class MeterTests
{
    [SkippableFact]
    public void Instruments_afterARun_haveTheCountersByTags()
    {
        using GuestMachine machine = GuestMachine.RealMode(guest =>
        {
            guest.@out(0x10, al);
            guest.@out(0x10, al);
            guest.@in(al, 0x80); // Nobody has it.
            guest.hlt();
        });
        machine.Vm.Name = "metered";
        machine.Loop.Pio.CollectsStatistics = true;
        machine.Loop.Run();
        machine.Vcpu.Kick();

        List<string> seen = Observe("metered");

        Assert.Equal(
            [
                "kvm.accesses 0 bus=pio device='recorder' at 0x10-0x1f direction=read",
                "kvm.accesses 2 bus=pio device='recorder' at 0x10-0x1f direction=write",
                "kvm.exits 1 vcpu=0 reason=KVM_EXIT_HLT",
                "kvm.exits 3 vcpu=0 reason=KVM_EXIT_IO",
                "kvm.kicks 1 vcpu=0",
                $"kvm.memory {GuestMachine.MemorySize}",
                "kvm.unclaimed 0 bus=mmio direction=read",
                "kvm.unclaimed 0 bus=mmio direction=write",
                "kvm.unclaimed 0 bus=pio direction=write",
                "kvm.unclaimed 1 bus=pio direction=read",
                "kvm.vcpus.running 0",
            ],
            seen);
    }

    [SkippableFact]
    public void Instruments_ofDisposedVm_areGone()
    {
        using (GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt()))
        {
            machine.Vm.Name = "ended";
            machine.Loop.Run();
            Assert.NotEmpty(Observe("ended"));
        }

        Assert.Empty(Observe("ended"));
    }

    [SkippableFact]
    public void Meter_ofForgottenVm_keepsNothingAlive()
    {
        Requires.Kvm();
        WeakReference[] references = Forget();

        for (int i = 0; i < 5 && references.Any(reference => reference.IsAlive); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.DoesNotContain(references, reference => reference.IsAlive);
        Assert.Empty(Observe("forgotten"));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference[] Forget()
        {
            using Kvm kvm = Kvm.Open();
            Vm vm = kvm.CreateVm();
            vm.Name = "forgotten";
            Vcpu vcpu = vm.CreateVcpu();
            RunLoop loop = new(vcpu);
            Observe("forgotten");
            return [new(vm), new(vcpu), new(loop)];
        }
    }

    [SkippableFact]
    public void Name_notGiven_isANumberedOne()
    {
        Requires.Kvm();
        using Kvm kvm = Kvm.Open();
        using Vm first = kvm.CreateVm();
        using Vm second = kvm.CreateVm();

        Assert.Matches("^vm[0-9]+$", first.Name);
        Assert.NotEqual(first.Name, second.Name);
        Assert.Throws<ArgumentException>(() => first.Name = "");
    }

    [SkippableFact]
    public void Activities_ofCreateAndRun_haveNamesAndOutcome()
    {
        List<Activity> ended = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == KvmMeter.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (ended)
                {
                    ended.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        using GuestMachine machine = GuestMachine.RealMode(guest => guest.hlt());
        string made = machine.Vm.Name;
        machine.Loop.Run();

        // Other tests may run VMs of their own meanwhile.
        lock (ended)
        {
            List<Activity> own = [.. ended.Where(each => (string?)each.GetTagItem("vm") == made)];
            Assert.Equal(["create VM", "run"], own.Select(each => each.OperationName));
            Assert.Equal(0L, own[1].GetTagItem("vcpu"));
            Assert.Contains("KVM_EXIT_HLT", (string?)own[1].GetTagItem("outcome"), StringComparison.Ordinal);
            Assert.Equal(ActivityStatusCode.Ok, own[1].Status);
        }
    }

    private static List<string> Observe(string vm)
    {
        List<string> seen = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == KvmMeter.Name)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            string others = "";
            bool own = false;
            foreach (var tag in tags)
            {
                own |= tag.Key == "vm" && (string?)tag.Value == vm;
                others += tag.Key == "vm" ? "" : $" {tag.Key}={tag.Value}";
            }

            if (own)
            {
                seen.Add($"{instrument.Name} {value}{others}");
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        seen.Sort(StringComparer.Ordinal);
        return seen;
    }
}
