using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;

namespace HaActors.Tests.Domain.Instances;

/// <summary>An instance and what may happen to it, in a few words.</summary>
internal static class An
{
    public static readonly InstanceId Vm = new("6f0b2c6e-0000-4000-8000-000000000001");
    public static readonly HypervisorId Hv1 = new("hv1");
    public static readonly HypervisorId Hv2 = new("hv2");
    public static readonly HypervisorId Hv3 = new("hv3");
    public static readonly IncidentId Incident = new("hv1-1");
    public static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(double seconds) => T0 + TimeSpan.FromSeconds(seconds);

    public static SetPolicy Policy(bool ha = true, int attempts = 3, double at = 0) => new("vm1", new LocationId("dc1"), new InstancePolicy(ha, attempts, 100), At(at));

    public static RecordSight Seen(HypervisorId where, InstanceState state = InstanceState.Running, bool stopped = false, long epoch = 0, string boot = "b1", bool present = true, double at = 0) =>
        new(where, present, state, stopped, epoch, boot, At(at));

    public static Recover Asked(HypervisorId? failed = null, RecoveryKind kind = RecoveryKind.Evacuate, string? incident = null, bool enabled = true, double at = 10) =>
        new(incident is null ? new IncidentId(failed ?? Hv1, 1) : new IncidentId(incident), failed ?? Hv1, kind, ProofKind.PoweredOff, enabled, At(at));

    public static RequestStart StartOn(HypervisorId destination, params HypervisorId[] proved) => new(destination, [.. proved.Select(p => new MemberProof(p, ProofKind.PoweredOff))], At(12));

    public static RecordCancel NotOn(HypervisorId where, long upTo, double at = 20) => new(where, false, upTo, "b1", At(at));

    public static RecordLook Look(string? incident, params (HypervisorId Where, RecordSight? Sight)[] found) =>
        new(incident is null ? null : new IncidentId(incident), [.. found.Select(f => new LookFinding(f.Where, f.Sight))], At(30));

    /// <summary>Opted in, running on hv1.</summary>
    public static InstanceStatus Running() => After(Untold(), new RecordManaged(Hv1, true, false, At(1)));

    /// <summary>The same, and its agent has not been told yet.</summary>
    public static InstanceStatus Untold() => After(InstanceStatus.New(Vm), Policy(), Seen(Hv1));

    /// <summary>Its hypervisor is proved off.</summary>
    public static InstanceStatus Recovering() => After(Running(), Asked());

    /// <summary>The intent to start it on hv2 is stored.</summary>
    public static InstanceStatus Starting() => After(Recovering(), StartOn(Hv2, Hv1));

    public static InstanceStatus Cancelling() => After(Starting(), new RecordRunUnknown(1, "timed out", At(18)));

    public static InstanceStatus Stuck() => After(Recovering(), new WaitFor(InstanceWait.Person, "look", At(11)));

    public static InstanceStatus In(InstancePhase phase) => phase switch
    {
        InstancePhase.Resting => Running(),
        InstancePhase.Recovering => Recovering(),
        InstancePhase.Starting => Starting(),
        InstancePhase.Cancelling => Cancelling(),
        InstancePhase.Stuck => Stuck(),
        _ => throw new ArgumentOutOfRangeException(nameof(phase)),
    };

    public static InstanceStatus After(InstanceStatus s, params IInstanceCommand[] commands) =>
        commands.Aggregate(s, (state, c) => Events(state, c).Aggregate(state, (x, e) => x.Apply(e)));

    public static IReadOnlyList<IInstanceEvent> Events(InstanceStatus s, IInstanceCommand command) =>
        InstanceDecider.Decide(s, command) is Decision<IInstanceEvent>.Accepted accepted ? accepted.Events : [];

    /// <summary>One of every command there is.</summary>
    public static ImmutableArray<IInstanceCommand> EveryCommand { get; } =
    [
        Policy(), Policy(ha: false), Policy(attempts: 9), Seen(Hv1), Seen(Hv2, epoch: 1), Seen(Hv1, boot: "b2"), Seen(Hv1, InstanceState.ShutOff, true), Seen(Hv1, present: false),
        Look(null, (Hv1, Seen(Hv1)), (Hv2, Seen(Hv2))), Look("hv1-1", (Hv2, Seen(Hv2, epoch: 1)), (Hv1, null)), Asked(), Asked(Hv2), Asked(incident: "hv1-2"),
        Asked(kind: RecoveryKind.EndWithoutStart), Asked(kind: RecoveryKind.Restart), Asked(Hv2, RecoveryKind.EndWithoutStart),
        new WaitFor(InstanceWait.Room, "full", At(13)), new WaitFor(InstanceWait.Person, "look", At(13)), StartOn(Hv2, Hv1), StartOn(Hv3, Hv1, Hv2), StartOn(Hv3), StartOn(Hv1),
        new RecordRunYes(1, InstanceState.Running, false, At(15)), new RecordRunYes(7, InstanceState.Running, true, At(15)),
        new RecordRunNo(1, RunRefusals.NoRoom, "full", null, At(15)), new RecordRunNo(1, RunRefusals.ImageLocked, "locked", "pid 7", At(15)), new RecordRunNo(1, "start-failed", "no", null, At(15)),
        new RecordRunUnknown(1, "timed out", At(15)), NotOn(Hv2, 1), NotOn(Hv2, 0), NotOn(Hv1, 1), NotOn(Hv3, 1), new RecordCancel(Hv2, true, 1, "b1", At(20)),
        new RecordDestinationOff(Hv2, ProofKind.AlreadyOff, At(90)), new RecordDestinationOff(Hv3, ProofKind.AlreadyOff, At(90)), new SettleReturn(Hv1, "b2", At(60)), new SettleReturn(Hv2, "b2", At(60)),
        new RecordManaged(Hv1, true, false, At(1)), new OrderCancel(Incident, "ann", "planned", At(30)), new OrderCancel(new IncidentId("hv9-9"), "ann", "planned", At(30)), new Retry("ann says so", At(31)), new RemindOfWait(At(5000)), new TellGone(At(5000)),
        new ReleaseGuard(Hv1, At(2)), new ReleaseGuard(Hv3, At(2)), new WaiveGuard(Hv1, "ann", "its disks are out", At(31)), new WaiveGuard(Hv3, "ann", "its disks are out", At(31)),
        new WaitFor(InstanceWait.Guard, "never told", At(13)),
    ];
}
