using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Probing;
using Xunit;

namespace HaActors.Tests.Domain.Hypervisors;

/// <summary>A hypervisor in each state, and what may happen to it, in a few words.</summary>
internal static class AHypervisor
{
    public static readonly HypervisorId Hv1 = new("hv1");
    public static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly HaPolicy Policy = new();
    public static readonly OperatorAct Anna = new("anna", "smoke in the room", T0);

    public static HypervisorState In(HypervisorPhase phase)
    {
        var healthy = Run(HypervisorState.New(Hv1), Pass(0));
        var down = Run(healthy, Missed(1), Missed(2), Missed(3));
        var fencing = Run(down, new GrantPermit(1, [], [], [], T0));
        var fenced = Run(fencing, Proof(1));
        var evacuating = Run(fenced, new StartEvacuation(T0));
        var evacuated = Run(evacuating, new SettleEvacuation(new IncidentId("hv1-1"), 0, 0, T0));
        return phase switch
        {
            HypervisorPhase.Unknown => HypervisorState.New(Hv1),
            HypervisorPhase.Healthy => healthy,
            HypervisorPhase.Suspect => Run(healthy, Missed(1)),
            HypervisorPhase.Down => down,
            HypervisorPhase.Fencing => fencing,
            HypervisorPhase.FenceFailed => Run(fencing, new FailFence(1, FenceFailure.StillOn, [new("ipmi:a:623", FenceFailure.StillOn, "on")], T0)),
            HypervisorPhase.Fenced => fenced,
            HypervisorPhase.Evacuating => evacuating,
            HypervisorPhase.Evacuated => evacuated,
            HypervisorPhase.Returning => Run(evacuated, Pass(9, "boot-2")),
            _ => throw new ArgumentOutOfRangeException(nameof(phase)),
        };
    }

    public static IEnumerable<IHypervisorCommand> Commands() =>
    [
        Pass(20), Pass(20, "boot-9"), Missed(20), Missed(20, MissClass.Degraded), new GrantPermit(1, [], [], [], T0), new GrantPermit(2, [], [], [], T0), new WithholdPermit("storm", "3 of 4", T0),
        new IssueOff(1, "ipmi:a:623", T0), new ResumeFence(1, false, TimeSpan.Zero, T0), Proof(1), new FailFence(1, FenceFailure.Unreachable, [new("ipmi:a:623", FenceFailure.Unreachable, "silent")], T0),
        new ExpireFence(1, "disarmed", T0), new SeeDeviceOn("ipmi:a:623", T0), new StartEvacuation(T0), new SettleEvacuation(new IncidentId("hv1-1"), 3, 1, T0),
        new CloseIncident(new IncidentId("hv1-1"), T0), new ObserveProof(ProofSign.Off, "", T0), new ObserveProof(ProofSign.On, "", T0),
        new ObserveProof(ProofSign.UnknownForLong, "", T0), new VoidProof("late", T0), new AcceptReturn("u", "boot-7", T0), new TakeBack(false, true, "boot-1", T0),
        new ConfirmCleared("boot-2", T0), new OrderFence(Anna, T0), new Acknowledge(Anna, null, T0), new Acknowledge(Anna, "it answers", T0), new SetMaintenance(true, Anna, T0),
        new SetMaintenance(false, Anna, T0), new ForgetIdentity("changed", T0), new TakeNotice("uuid-1", "boot-1", T0), new Release(Anna, T0), new SeeWrongHost("another host", T0), new Release(null, T0),
        new CancelIncident(new IncidentId("hv1-1"), Anna, T0), new CancelIncident(new IncidentId("hv1-9"), Anna, T0), new RemindOfFence(InstanceWait.Gate, "storm", TimeSpan.FromMinutes(20), T0.AddMinutes(20)),
        new RemindOfReturn("vm1: it runs there", TimeSpan.FromMinutes(20), T0.AddMinutes(20)),
        new ContradictDevice(1, "ipmi:a:623", "it answers", [Hv1], T0),
        new ContradictDevice(null, "ipmi:a:623", "it answers", [Hv1], T0), new RecordIdentity("ipmi:a:623", "guid-1", T0), new RecordCheck("ipmi:a:623", null, "", T0),
        new RecordCheck("ipmi:a:623", FenceFailure.Unreachable, "silent", T0), new RecordShared("ipmi:a:623", new("hv2"), T0), new AcceptDevice("ipmi:a:623", "guid-2", Anna, T0),
        new KeepDevices([], T0), new SendPowerOn(T0),
    ];

    public static RecordPass Pass(int second, string boot = "boot-1") => new("uuid-1", boot, true, false, true, T0.AddSeconds(second));

    public static RecordMiss Missed(int second, MissClass c = MissClass.Unreachable) => new(c, "no answer", Policy, T0.AddSeconds(second));

    public static ProveOff Proof(int attempt) => new(attempt, ProofKind.PoweredOff, ["ipmi:a:623"], "read off twice", T0);

    public static HypervisorState Run(HypervisorState state, params IHypervisorCommand[] commands) => commands.Aggregate(
        state,
        (s, c) => HypervisorDecider.Decide(s, c) is Decision<IHypervisorEvent>.Accepted { Events: var events } ? events.Aggregate(s, (x, e) => x.Apply(e)) : s);

    public static IReadOnlyList<IHypervisorEvent> Accepted(Decision<IHypervisorEvent> decision) => Assert.IsType<Decision<IHypervisorEvent>.Accepted>(decision).Events;
}
