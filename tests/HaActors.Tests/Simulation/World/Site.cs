using HaActors.Domain;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;
using Xunit;

namespace HaActors.Tests.Simulation.World;

/// <summary>A small fleet on virtual time, with the ports of one master. Calls run to their end here: time passes until they have one.</summary>
internal sealed class Site : IDisposable
{
    public static readonly HypervisorId Hv1 = new("hv1");
    public static readonly HypervisorId Hv2 = new("hv2");
    public static readonly HypervisorId Hv3 = new("hv3");

    public Site(FleetOptions? options = null, int seed = 1)
    {
        World = new SimulatedWorld(Timeline.Scenario.Time, seed);
        Fleet = SimulatedFleet.Build(World, options ?? new FleetOptions { Hosts = 3, InstancesPerHost = 1, AgentsKnown = true });
        Probe = new SimulatedProbe(World, "m1");
        Power = new SimulatedPowerSwitch(World, "m1");
        Agent = new SimulatedAgentClient(World, "m1");
    }

    public VirtualTimeline Timeline { get; } = new();

    public SimulatedWorld World { get; }

    public SimulatedFleet Fleet { get; }

    public SimulatedProbe Probe { get; }

    public SimulatedPowerSwitch Power { get; }

    public SimulatedAgentClient Agent { get; }

    public InstanceId Vm1 => Fleet.Instance("vm1");

    public T Wait<T>(Func<Task<T>> call)
    {
        Task<T>? task = null;
        Timeline.After(TimeSpan.Zero, () => task = call());
        Assert.True(Timeline.RunWhile(() => task is not { IsCompleted: true }, TimeSpan.FromMinutes(10)), "The call has no end.");
        return task!.GetAwaiter().GetResult();
    }

    public ProbeOutcome ProbeOf(HypervisorId hypervisor, string? knownUuid = null, string master = "m1") =>
        Wait(() => new SimulatedProbe(World, master).ProbeAsync(new ProbeTarget(hypervisor, World.AddressOf(hypervisor), World.EndpointOf(hypervisor), knownUuid), default));

    public AgentResult<RunReport> Run(HypervisorId hypervisor, InstanceId instance, long epoch)
    {
        var definition = Definition(instance);
        return Wait(() => Agent.RunAsync(World.EndpointOf(hypervisor), instance, definition, epoch, default));
    }

    public AgentResult<CancelReport> Cancel(HypervisorId hypervisor, InstanceId instance, long epoch) =>
        Wait(() => Agent.CancelAsync(World.EndpointOf(hypervisor), instance, epoch, default));

    /// <summary>As the inventory keeps it.</summary>
    public string Definition(InstanceId instance)
    {
        var row = Fleet.Instances.Single(i => i.Id == instance);
        return new InstanceDefinition(row.Id, row.Name, row.Vcpus, row.MemoryMiB, [.. row.Disks.Select(d => new DefinedDisk(d.Target, d.Source))]).ToXml();
    }

    public IEnumerable<HypervisorId> RunsOn(InstanceId instance) => World.Copies(instance).Select(c => c.Hypervisor);

    public static string CodeOf<T>(AgentResult<T> result) => Assert.IsType<AgentResult<T>.No>(result).Code;

    public static T YesOf<T>(AgentResult<T> result) => Assert.IsType<AgentResult<T>.Yes>(result).Value;

    public void Dispose() => Timeline.Dispose();
}
