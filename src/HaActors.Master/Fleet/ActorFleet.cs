using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using HaActors.Actors;
using HaActors.Actors.Protocol;
using HaActors.Domain;

namespace HaActors.Master.Fleet;

/// <summary>Asks the actors: the only place of the product where Ask is used.</summary>
internal sealed class ActorFleet(HaDoors doors, ActorSystem system) : IFleet
{
    /// <summary>An operator's act waits for a journal write; a fail-over takes longer than anybody waits for a page.</summary>
    private static readonly TimeSpan ActDeadline = TimeSpan.FromSeconds(5);

    /// <summary>What asks the BMC or probes first: the actor gives up after 30 s itself, so that nothing is done after the operator was told that it was not.</summary>
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(35);

    /// <summary>A page in memory.</summary>
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(2);

    public async Task<FleetNow> FleetAsync(CancellationToken stopping)
    {
        var views = ImmutableDictionary.CreateBuilder<HypervisorId, HypervisorView>();
        string? after = null;
        while (true)
        {
            var page = await AskAsync<FleetPage>(doors.Monitor, new GetFleet(after), ReadDeadline, "the monitor", stopping).ConfigureAwait(false);
            foreach (var view in page.Hypervisors)
                views[view.HypervisorId] = view;
            if (page.Next is null)
                return new(views.ToImmutable(), page.LastSweep, page.MonitorSince, page.InventoryProblem);
            after = Onward(after, page.Next);
        }
    }

    public async Task<ImmutableDictionary<InstanceId, InstanceView>> InstancesAsync(CancellationToken stopping)
    {
        var views = ImmutableDictionary.CreateBuilder<InstanceId, InstanceView>();
        string? after = null;
        while (true)
        {
            var page = await AskAsync<InstancesPage>(doors.Monitor, new GetInstances(after), ReadDeadline, "the monitor", stopping).ConfigureAwait(false);
            foreach (var view in page.Instances)
                views[view.InstanceId] = view;
            if (page.Next is null)
                return views.ToImmutable();
            after = Onward(after, page.Next);
        }
    }

    public Task<HypervisorExplained> ExplainAsync(HypervisorId id, CancellationToken stopping) =>
        AskAsync<HypervisorExplained>(doors.Hypervisors, new ExplainHypervisor(id), ActDeadline, $"the actor of {id}", stopping);

    public Task<InstanceExplained> ExplainAsync(InstanceId id, CancellationToken stopping) =>
        AskAsync<InstanceExplained>(doors.Instances, new ExplainInstance(id), ActDeadline, $"the actor of {id}", stopping);

    public Task<OperatorAnswer> DoAsync(OperatorRequest request, CancellationToken stopping) =>
        AskAsync<OperatorAnswer>(
            doors.Hypervisors, request, request.Verb is OperatorVerb.TestIpmi or OperatorVerb.AcceptDevices or OperatorVerb.ConfirmFenced or OperatorVerb.PowerOn ? LookDeadline : ActDeadline, $"the actor of {request.HypervisorId}", stopping);

    public Task<InstanceAnswer> RetryAsync(RetryRecovery request, CancellationToken stopping) =>
        AskAsync<InstanceAnswer>(doors.Instances, request, ActDeadline, $"the actor of {request.InstanceId}", stopping);

    public Task<ArmedAnswer> ArmedAsync(CancellationToken stopping) => AskAsync<ArmedAnswer>(doors.Gate, new GetArmed(), ReadDeadline, "the fence gate", stopping);

    public Task<ArmedAnswer> SetArmedAsync(SetArmed request, CancellationToken stopping) => AskAsync<ArmedAnswer>(doors.Gate, request, ActDeadline, "the fence gate", stopping);

    public Task<GateView> GateAsync(CancellationToken stopping) => AskAsync<GateView>(doors.Gate, new GetGate(), ReadDeadline, "the fence gate", stopping);

    public Task<StormOverrideAnswer> OverrideStormAsync(OverrideStorm request, CancellationToken stopping) =>
        AskAsync<StormOverrideAnswer>(doors.Gate, request, ActDeadline, "the fence gate", stopping);

    public void InventoryChanged() => doors.Monitor.Tell(new InventoryChanged(), ActorRefs.NoSender);

    public ImmutableArray<ClusterMember> Members()
    {
        if (((ExtendedActorSystem)system).Provider is not IClusterActorRefProvider)
            return [];
        var state = Cluster.Get(system).State;
        return [.. state.Members.OrderBy(m => m.Address.ToString(), StringComparer.Ordinal).Select(m => new ClusterMember(
            $"{m.Address.Host}:{m.Address.Port}", state.Unreachable.Contains(m) ? "Unreachable" : m.Status.ToString(), m.Address.Equals(state.Leader)))];
    }

    /// <summary>A page that points backwards would be read for ever.</summary>
    private static string Onward(string? after, string next) =>
        string.CompareOrdinal(next, after) > 0 ? next : throw new FleetUnavailableException("The monitor's pages don't go on; read again.");

    private static async Task<T> AskAsync<T>(IActorRef whom, object message, TimeSpan deadline, string name, CancellationToken stopping)
    {
        try
        {
            return await whom.Ask<T>(message, deadline, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or TaskCanceledException && !stopping.IsCancellationRequested)
        {
            throw new FleetUnavailableException($"{name[..1].ToUpperInvariant()}{name[1..]} did not answer within {deadline.TotalSeconds:0} s: the cluster is forming, a master has just gone, or the database is away. Try again in a moment; GET /health/ready tells.");
        }
    }
}
