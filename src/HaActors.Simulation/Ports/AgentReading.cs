using System.Collections.Immutable;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using State = HaActors.Domain.Inventory.InstanceState;
using WireState = HaActors.AgentApi.InstanceState;

namespace HaActors.Simulation.Ports;

/// <summary>Reads the agent's words into the domain's.</summary>
internal static class AgentReading
{
    public static HostFacts Facts(HostAnswer said) => new(
        said.HypervisorUuid, said.BootId, said.MemoryMiB, said.Vcpus, said.Protected, said.Cleared, said.FloorsKnown,
        [.. said.Datastores.Select(d => new DatastoreFacts(new DatastoreId(d.Uuid), d.Path, d.FreeMiB, d.Nonces.ToImmutableDictionary()))], [.. said.Warnings]);

    public static InstanceReport Report(InstanceList said) => new(said.HypervisorUuid, said.BootId, said.Version, [.. said.Instances.Select(Instance)]);

    public static RunReport Run(RunAnswer said) => new(StateOf(said.State), said.Epoch, said.Already);

    public static CancelReport Cancel(CancelAnswer said) => new(said.HypervisorUuid, said.BootId, said.Present, said.RefusedUpTo);

    private static ReportedInstance Instance(InstanceInfo said) => new(
        new InstanceId(said.Uuid), said.Name, StateOf(said.State), said.UserStopped, said.Vcpus, said.MemoryMiB,
        [.. said.Disks.Select(d => new InstanceDisk(d.Target, d.Source, d.DatastoreUuid is { } store ? new DatastoreId(store) : null, d.SizeMiB))],
        said.Definition, said.Managed, said.Epoch, said.Transient);

    /// <summary>What is not shut off holds its disks, so it counts as running.</summary>
    private static State StateOf(WireState state) => state switch
    {
        WireState.ShutOff => State.ShutOff,
        WireState.Running or WireState.ShuttingDown => State.Running,
        WireState.Paused or WireState.Suspended or WireState.Crashed => State.Paused,
        _ => State.Unknown,
    };
}
