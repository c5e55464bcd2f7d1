using System.Collections.Immutable;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Domain.Instances;

/// <summary>Where an instance is in its life with HA.</summary>
public enum InstancePhase
{
    /// <summary>No incident concerns it.</summary>
    Resting,
    /// <summary>An end is owed: it looks for room and for proofs.</summary>
    Recovering,
    /// <summary>The intent to start is stored; <c>run</c> may have been sent.</summary>
    Starting,
    /// <summary>The answer was no, or there was none: the destination's durable cancel is asked for until it comes, or its own incident takes over.</summary>
    Cancelling,
    /// <summary>Waits for a person.</summary>
    Stuck,
}

/// <summary>What an operator wants for an instance.</summary>
/// <param name="MaxRestartAttempts">Starts that may answer no in one incident; 1 to 20.</param>
/// <param name="Priority">0 to 1000, higher first.</param>
/// <param name="ObserveOnly">Of its hypervisor: nothing is started and no agent is told anything.</param>
public sealed record InstancePolicy(bool HaEnabled, int MaxRestartAttempts, int Priority, bool ObserveOnly = false);

/// <summary>A proof that a member of the may-run set does not run it: (a) or (b).</summary>
public sealed record MemberProof(HypervisorId Hypervisor, ProofKind Proof);

/// <summary>A member of the may-run set.</summary>
/// <param name="Proof">Null: active, it may run it. Else suspended under that proof, until it answers again.</param>
public sealed record Membership(ProofKind? Proof)
{
    public static Membership Active { get; } = new((ProofKind?)null);

    public bool IsActive => Proof is null;
}

/// <summary>What an agent last reported.</summary>
/// <param name="Present">False: it had it once, and does not have it any more. Then it counts as shut off there.</param>
/// <param name="Transient">While it is there: nothing but its running keeps it there. When it is not: a boot took it away, and it had not gone before.</param>
public sealed record Sighting(InstanceState State, bool UserStopped, long Epoch, string BootId, bool Present = true, bool Transient = false)
{
    /// <summary>Holds its disks, or may: anything but shut off.</summary>
    public bool IsActive => State != InstanceState.ShutOff;
}

/// <summary>The incident that concerns it.</summary>
public sealed record OpenRecovery(IncidentId Incident, HypervisorId Failed, RecoveryKind Kind, ProofKind? Proof, DateTimeOffset Since)
{
    public int AttemptsUsed { get; init; }

    /// <summary>Starts requested so far, tries or not.</summary>
    public int Starts { get; init; }

    /// <summary>Destinations that answered no.</summary>
    public ImmutableSortedSet<HypervisorId> AnsweredNo { get; init; } = [];

    public (InstanceWait Wait, string Reason, DateTimeOffset Since)? Wait { get; init; }

    /// <summary>The wait that was last told to people, and when.</summary>
    public (InstanceWait Wait, DateTimeOffset At)? Told { get; init; }

    /// <summary>Since when it waits for something, whatever that was; tries in between do not end it.</summary>
    public DateTimeOffset? WaitingSince { get; init; }

    public bool OverdueTold { get; init; }

    public DateTimeOffset? LockedSince { get; init; }

    /// <summary>An operator ended it; who and why.</summary>
    public string? CancelOrder { get; init; }

    /// <summary>A look at the lock is no new beginning of the wait; what a person or a changed policy begins is.</summary>
    public OpenRecovery TriedAgain(RecoveryResumed x) => x.StillLocked ? this : this with { LockedSince = null, WaitingSince = x.At, OverdueTold = false };
}

/// <summary>The start under way.</summary>
/// <param name="BootId">Of the destination, right before; null if it was not told.</param>
public sealed record OpenAttempt(long Epoch, HypervisorId Destination, IncidentId Incident, int Number, string? BootId, DateTimeOffset Since)
{
    /// <summary>Null: it was not answered.</summary>
    public StartRefused? Refusal { get; init; }
}

/// <summary>How its part in an incident ended, kept to be told again.</summary>
/// <param name="BootId">Of the hypervisor that failed, as far as it was known then; null or empty if it was not. A later boot of it ends what ran there anew.</param>
public sealed record PastEnd(IncidentId Incident, InstanceEnd End, HypervisorId? Destination, string Reason, string? BootId = null);

/// <summary>Everything that is known of one instance; changed by <see cref="Apply"/> alone.</summary>
public sealed record InstanceStatus
{
    /// <summary>Ends that are remembered; an incident that asks later than that many others hears that it isn't concerned.</summary>
    public const int EndsKept = 20;

    public required InstanceId Id { get; init; }

    public InstancePhase Phase { get; init; }

    public string Name { get; init; } = "";

    public LocationId? Location { get; init; }

    public InstancePolicy Policy { get; init; } = new(false, 3, 100);

    /// <summary>Where it was last seen or started. Null: no agent has reported it yet.</summary>
    public HypervisorId? Place { get; init; }

    /// <summary>Highest epoch ever given, or known to any agent.</summary>
    public long Epoch { get; init; }

    /// <summary>Last reported in any state but shut off by its user.</summary>
    public bool Wanted { get; init; }

    public ImmutableSortedDictionary<HypervisorId, Membership> MayRun { get; init; } = ImmutableSortedDictionary<HypervisorId, Membership>.Empty;

    public ImmutableSortedDictionary<HypervisorId, Sighting> Sightings { get; init; } = ImmutableSortedDictionary<HypervisorId, Sighting>.Empty;

    /// <summary>It was wanted, and its place reported that it is gone, at this time; null once it was seen there again, or running anywhere, or its absence was told.</summary>
    public DateTimeOffset? GoneSince { get; init; }

    public ImmutableArray<HypervisorId> Duplicate { get; init; } = [];

    public OpenRecovery? Recovery { get; init; }

    public OpenAttempt? Attempt { get; init; }

    public ImmutableArray<PastEnd> Ends { get; init; } = [];

    /// <summary>What an agent was last told about opt-in, and took.</summary>
    public (HypervisorId Hypervisor, bool Managed, bool MayStart)? Told { get; init; }

    /// <summary>Hypervisors whose agent has it durably written down that a boot must not start it (SAFETY 5): told by us, started there by us, or refused there.</summary>
    public ImmutableSortedSet<HypervisorId> Guarded { get; init; } = [];

    /// <summary>Hypervisors without such a guard, of which an operator says that they can't start it.</summary>
    public ImmutableSortedSet<HypervisorId> Waived { get; init; } = [];

    /// <summary>Its place reported that it does not have it any more, and nobody was seen running it since: where it is, nobody knows.</summary>
    public bool IsGone => Place is { } p && Sightings.TryGetValue(p, out var seen) && !seen.Present;

    /// <summary>Who but its place has it, shut off.</summary>
    public IEnumerable<HypervisorId> ShutOffElsewhere => Sightings.Where(s => s.Key != Place && s.Value is { Present: true, IsActive: false }).Select(s => s.Key);

    public InstanceState State => Place is { } p && Sightings.TryGetValue(p, out var seen) ? seen.State : InstanceState.Unknown;

    /// <summary>Hypervisors that reported it running, or paused, which somebody may end at any time; more than one must be asked anew, all at once, to know.</summary>
    public IEnumerable<HypervisorId> ReportedRunning => Sightings.Where(s => s.Value.State.IsRunningOrPaused()).Select(s => s.Key);

    /// <summary>Everybody but the destination who may run it: each must be proved before a start.</summary>
    public IEnumerable<HypervisorId> OthersThan(HypervisorId destination) => MayRun.Keys.Where(m => m != destination);

    /// <summary>If it is started elsewhere, the next boot of this hypervisor may start it a second time.</summary>
    public bool MayStartByItself(HypervisorId member) => MayRun.ContainsKey(member) && !Guarded.Contains(member) && !Waived.Contains(member);

    /// <summary>It ran there, or an incident owes it an end; and there is no start elsewhere without a proof for this hypervisor.</summary>
    public bool GainsByProofOf(HypervisorId member) => MayRun.ContainsKey(member) && (Phase != InstancePhase.Resting || (Place == member && Wanted));

    public PastEnd? EndOf(IncidentId incident) => Ends.LastOrDefault(e => e.Incident == incident);

    public static InstanceStatus New(InstanceId id) => new() { Id = id };

    public InstanceStatus Apply(IInstanceEvent e) => e switch
    {
        InstancePolicySet x => this with { Name = x.Name, Location = x.Location, Policy = x.Policy },
        InstanceSighted x => Sighted(x),
        PlaceMoved x => (x.From is { } from ? Forget(from) : this).Member(x.To, Membership.Active) with { Place = x.To, Wanted = true, GoneSince = null },
        InstanceGone => this with { GoneSince = null },
        DuplicateSeen x => this with { Duplicate = x.Hypervisors },
        DuplicateEnded => this with { Duplicate = [] },
        RecoveryRequested x when Recovery is { } r && r.Incident == x.Incident && Phase is InstancePhase.Recovering or InstancePhase.Stuck => this with
        {
            Recovery = r with { Kind = x.Kind, Proof = x.Proof, Wait = Phase == InstancePhase.Stuck ? r.Wait : null },
        },
        RecoveryRequested x => this with
        {
            Phase = InstancePhase.Recovering,
            // Asked anew in an incident in which it had an end: that end does not hold any more.
            Ends = Ends.RemoveAll(end => end.Incident == x.Incident),
            Recovery = new OpenRecovery(x.Incident, x.Failed, x.Kind, x.Proof, x.Since),
        },
        WaitBegan x => this with
        {
            Phase = x.Wait == InstanceWait.Person ? InstancePhase.Stuck : Phase,
            Recovery = Recovery! with { Wait = (x.Wait, x.Reason, x.At), WaitingSince = Recovery.WaitingSince ?? x.At, Told = x.IsNews ? (x.Wait, x.At) : Recovery.Told },
        },
        StartRequested x => x.Proofs.Aggregate(this, (s, p) => s.Member(p.Hypervisor, new Membership(p.Proof))).Member(x.Destination, Membership.Active) with
        {
            Phase = InstancePhase.Starting,
            // Who has nothing of it takes the guard with the order to run; who has it already may have lost the order.
            Guarded = MayRun.ContainsKey(x.Destination) ? Guarded : Guarded.Add(x.Destination),
            Epoch = x.Epoch,
            Attempt = new OpenAttempt(x.Epoch, x.Destination, x.Incident, x.Attempt, x.BootId, x.At),
            Recovery = Recovery! with { Starts = x.Attempt, Wait = null },
        },
        StartRefused x => this with { Phase = InstancePhase.Cancelling, Attempt = Attempt! with { Refusal = x } },
        StartUnanswered => this with { Phase = InstancePhase.Cancelling },
        MemberRemoved x => Forget(x.Hypervisor) with { MayRun = MayRun.Remove(x.Hypervisor), Guarded = Guarded.Add(x.Hypervisor), Waived = Waived.Remove(x.Hypervisor), Epoch = Math.Max(Epoch, x.RefusedUpTo) },
        MemberSuspended x => Member(x.Hypervisor, new Membership(x.Proof)),
        MemberRevived x => Member(x.Hypervisor, Membership.Active) with { Waived = Waived.Remove(x.Hypervisor) },
        AttemptEnded x => this with
        {
            Phase = InstancePhase.Recovering,
            Attempt = null,
            Recovery = Recovery! with
            {
                AttemptsUsed = x.AttemptsUsed,
                AnsweredNo = x.IsTry ? Recovery.AnsweredNo.Add(x.Destination) : Recovery.AnsweredNo,
                LockedSince = x.LockedSince,
            },
        },
        InstanceStarted x => Ended(new PastEnd(x.Incident, x.End, x.Destination, x.How, BootOf(x.Failed))) with
        {
            Place = x.Destination,
            Guarded = Guarded.Add(x.Destination),
            Wanted = true,
            GoneSince = null,
            Sightings = Sightings.RemoveRange(MayRun.Keys).SetItem(x.Destination, new Sighting(InstanceState.Running, false, x.Epoch, "")),
        },
        RecoveryEnded x => Ended(new PastEnd(x.Incident, x.End, x.Destination, x.Reason, SeenBoot(x.Failed))),
        RecoveryNotConcerned x => this with { Ends = [.. Ends.Append(new PastEnd(x.Incident, InstanceEnd.Left, null, x.Reason, BootOf(x.Failed))).TakeLast(EndsKept)] },
        EvacuationFailed x => this with { Phase = InstancePhase.Stuck, Recovery = Recovery! with { Wait = (InstanceWait.Person, x.Reason, x.At), WaitingSince = Recovery.WaitingSince ?? x.At } },
        WaitOverdue => this with { Recovery = Recovery! with { OverdueTold = true } },
        RecoveryResumed x => this with
        {
            Phase = InstancePhase.Recovering,
            Recovery = (Recovery! with { AttemptsUsed = 0, AnsweredNo = [], Wait = null }).TriedAgain(x),
        },
        CancelOrdered x => this with { Recovery = Recovery! with { CancelOrder = $"{x.Who}: {x.Reason}" } },
        ManagedTold x => this with
        {
            Told = (x.Hypervisor, x.Managed, x.MayStart),
            Guarded = x.Managed ? Guarded.Add(x.Hypervisor) : x.MayStart ? Guarded.Remove(x.Hypervisor) : Guarded,
        },
        GuardReleased x => this with { Guarded = Guarded.Remove(x.Hypervisor), Told = Told is { } told && told.Hypervisor == x.Hypervisor ? (x.Hypervisor, false, false) : Told },
        GuardWaived x => this with { Waived = Waived.Add(x.Hypervisor), Recovery = Recovery! with { Wait = null, WaitingSince = x.At, OverdueTold = false } },
        PlaceRecorded => this,
        _ => throw new InvalidOperationException($"{Id}: an event of type {e.GetType().Name} is not known to this version."),
    };

    private InstanceStatus Sighted(InstanceSighted x)
    {
        var next = this with
        {
            Wanted = x.Wanted,
            Epoch = Math.Max(Epoch, x.Epoch),
            Place = Place ?? (x.Present ? x.Hypervisor : null),
            Waived = x.Present && x.BootId.Length > 0 ? Waived.Remove(x.Hypervisor) : Waived,
            GoneSince = x.Present && (x.State != InstanceState.ShutOff || x.Hypervisor == Place) ? null : !x.Present && x.Hypervisor == Place && Wanted && !x.Transient ? x.At : GoneSince,
            // An instance that is gone is remembered as shut off, so that its boot and its epoch stay known.
            Sightings = Sightings.SetItem(x.Hypervisor, new Sighting(x.Present ? x.State : InstanceState.ShutOff, x.UserStopped, x.Epoch, x.BootId, x.Present, x.Transient)),
        };
        return x.Present && (x.State != InstanceState.ShutOff || next.Place == x.Hypervisor) ? next.Member(x.Hypervisor, Membership.Active) : next;
    }

    private InstanceStatus Ended(PastEnd end) => this with
    {
        Phase = InstancePhase.Resting,
        Recovery = null,
        Attempt = null,
        Ends = [.. Ends.Append(end).TakeLast(EndsKept)],
    };

    private InstanceStatus Member(HypervisorId id, Membership membership) => this with { MayRun = MayRun.SetItem(id, membership) };

    /// <summary>The boot in which the open start was asked for there, or else the last one that was seen.</summary>
    private string? BootOf(HypervisorId failed) => Attempt is { } attempt && attempt.Destination == failed ? attempt.BootId : SeenBoot(failed);

    private string? SeenBoot(HypervisorId id) => Sightings.TryGetValue(id, out var seen) ? seen.BootId : null;

    private InstanceStatus Forget(HypervisorId id) => this with { Sightings = Sightings.Remove(id) };
}
