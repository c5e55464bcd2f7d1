using System.Collections.Concurrent;
using System.Collections.Immutable;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Probing;
using HaActors.Master.Fleet;

namespace HaActors.Tests.Api;

/// <summary>The actors as a test wants them: answers what it was told to, and remembers what it was asked.</summary>
internal sealed class FakeFleet : IFleet
{
    internal static readonly DateTimeOffset T0 = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    internal ConcurrentDictionary<HypervisorId, HypervisorView> Views { get; } = new();

    /// <summary>What an actor knows of itself and the monitor has not heard yet.</summary>
    internal ConcurrentDictionary<HypervisorId, HypervisorView> OwnWords { get; } = new();

    internal ConcurrentDictionary<InstanceId, InstanceView> InstanceViews { get; } = new();

    internal ConcurrentQueue<OperatorRequest> Asked { get; } = new();

    internal Func<OperatorRequest, OperatorAnswer> Answer { get; set; } = r => new(r.HypervisorId, true, "", "");

    internal bool Away { get; set; }

    internal int Changes;

    internal ArmedAnswer Armed { get; set; } = new("armed", null, null, null);

    public Task<FleetNow> FleetAsync(CancellationToken stopping) =>
        Here(() => new FleetNow(Views.ToImmutableDictionary(), new SweepSummary(7, DateTimeOffset.UtcNow, 120, 2, 1), T0, null));

    public Task<ImmutableDictionary<InstanceId, InstanceView>> InstancesAsync(CancellationToken stopping) => Here(() => InstanceViews.ToImmutableDictionary());

    public Task<HypervisorExplained> ExplainAsync(HypervisorId id, CancellationToken stopping) =>
        Here(() => new HypervisorExplained(
            id, OwnWords.GetValueOrDefault(id) ?? Views.GetValueOrDefault(id) ?? throw new FleetUnavailableException($"Nobody knows {id}."), ["3 misses in a row.", "It waits for a permit."], "off, 2 s ago", "storm", T0, T0.AddSeconds(5), T0.AddSeconds(10),
            [new("ipmi:a:623", "off", "", T0, null)], [new(new("vm-1"), new("hv1-1"), InstanceWait.Room, "no room", T0, T0.AddSeconds(10))], 1));

    public Task<InstanceExplained> ExplainAsync(InstanceId id, CancellationToken stopping) => Here(() => new InstanceExplained(
        id, "Recovering", new("hv1"), new("hv1-1"), InstanceWait.Room, "no room", "operator", T0, T0.AddSeconds(10), null, [new(new("hv1"), ProofKind.AlreadyOff, null)], ["It waits."]));

    public Task<OperatorAnswer> DoAsync(OperatorRequest request, CancellationToken stopping) => Here(() =>
    {
        Asked.Enqueue(request);
        return Answer(request);
    });

    internal ConcurrentQueue<RetryRecovery> Retried { get; } = new();

    public Task<InstanceAnswer> RetryAsync(RetryRecovery request, CancellationToken stopping) => Here(() =>
    {
        Retried.Enqueue(request);
        return new InstanceAnswer(request.InstanceId, request.Reason != "nothing waits", "conflict", "It waits for nothing.");
    });

    public Task<ArmedAnswer> ArmedAsync(CancellationToken stopping) => Here(() => Armed);

    public Task<ArmedAnswer> SetArmedAsync(SetArmed request, CancellationToken stopping) =>
        Here(() => Armed = new(request.Armed ? "armed" : "disarmed", request.Who, request.Reason, T0));

    internal GateView Gate { get; set; } = new([], [], [], [], []);

    internal ConcurrentQueue<OverrideStorm> Overrides { get; } = new();

    internal Func<OverrideStorm, StormOverrideAnswer> OverrideAnswer { get; set; } = o => new(o.Location, true, "done");

    public Task<GateView> GateAsync(CancellationToken stopping) => Here(() => Gate);

    public Task<StormOverrideAnswer> OverrideStormAsync(OverrideStorm request, CancellationToken stopping) => Here(() =>
    {
        Overrides.Enqueue(request);
        return OverrideAnswer(request);
    });

    public void InventoryChanged() => Interlocked.Increment(ref Changes);

    public ImmutableArray<ClusterMember> Members() => [new("127.0.0.1:4053", "Up", true)];

    internal void Show(string id, HypervisorPhase phase, IncidentId? incident = null, bool provedOff = false)
    {
        var hypervisor = new HypervisorId(id);
        Views[hypervisor] = new(
            hypervisor, new("dc1"), phase, T0, phase == HypervisorPhase.Healthy ? "" : "3 misses in a row, unreachable", true, false,
            phase == HypervisorPhase.Healthy ? 0 : 3, null, null, provedOff, true, T0, T0.AddSeconds(30),
            new ProbeOutcome(hypervisor, PingFinding.Ok, HealthFinding.Ok, "uuid-1", "boot-1", "v1", null), "uuid-1", "boot-1",
            new HostCapacity(65536, 16, true, [new(new("ds-1"), 1000)]), 2, incident, 1);
    }

    private Task<T> Here<T>(Func<T> answer) =>
        Away ? Task.FromException<T>(new FleetUnavailableException("The monitor did not answer within 2 s.")) : Task.FromResult(answer());
}
