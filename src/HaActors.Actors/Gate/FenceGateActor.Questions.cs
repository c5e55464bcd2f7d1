using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Placement;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Gate;

/// <summary>A question, the facts that are gathered for it, and the answer.</summary>
public sealed partial class FenceGateActor
{
    private const int PageSize = 100;

    /// <summary>The asker drops an answer that is older than its question by 10 s; the way to it takes a moment.</summary>
    private static readonly TimeSpan AnswerWithin = GatePolicy.FactsFresh - TimeSpan.FromSeconds(0.5);

    private readonly Dictionary<HypervisorId, OpenQuestion> _open = [];
    private readonly Dictionary<LocationId, Gathering> _gathering = [];
    private readonly Dictionary<HypervisorId, (ProbeOutcome Outcome, TimeSpan At)> _probed = [];
    private long _questions;

    private void Open(AskPermit ask)
    {
        if (_open.TryGetValue(ask.HypervisorId, out var running) && Clock - running.Begun < GatePolicy.FactsFresh && running.Ask.Attempt == ask.Attempt)
        {
            // The answer goes to the newest question; the facts are still being gathered.
            (running.Ask, running.AskedAt) = (ask, Clock);
            return;
        }

        var question = new OpenQuestion(ask, ++_questions, Clock);
        _open[ask.HypervisorId] = question;
        var toProbe = Gather(question);
        question.Masters = [.. _doors.Masters().Where(m => m.IsReachable)];
        foreach (var master in question.Masters)
        {
            master.Prober.Tell(new AskOpinion(ask.HypervisorId, question.Number, master.Name, ask.KnownUuid), Self);
        }

        AskWitnesses();
        if (_heartbeatAt is not { } last || Clock - last > FenceGate.JournalFresh / 2)
        {
            Heartbeat();
        }

        var deadline = (_settings.ProbeTimeout * (1 + ((toProbe + 1) / _settings.ProbeParallelism))) + TimeSpan.FromSeconds(2);
        Timers.StartSingleTimer($"overdue-{ask.HypervisorId}", new Overdue(ask.HypervisorId, question.Number), deadline < AnswerWithin ? deadline : AnswerWithin);
    }

    /// <summary>
    /// Probes again who has not been probed in the last 10 s: all that may yet turn out to fail, and of those that fail already as many as fit into one round, for they
    /// can only take from a storm. Questions of one location share what is found. In pages, one after the other, so that a big location does not flood the prober.
    /// </summary>
    private int Gather(OpenQuestion question)
    {
        var location = question.Ask.Location;
        if (_gathering.TryGetValue(location, out var running) && Clock - running.Begun < GatePolicy.FactsFresh)
        {
            return 0;
        }

        var stale = _fleet.Values
            .Where(k => k.View.Location == location && k.View.HypervisorId != question.Ask.HypervisorId && !IsFresh(k, question))
            .Select(k => (k.View, Member: Member(k, question))).Where(k => GateRules.Counts(k.Member)).ToArray();
        var failing = stale.Where(k => GateRules.IsFailing(k.Member)).Take(Math.Max(1, _settings.ProbeParallelism / 3)).Select(k => k.View.HypervisorId).ToHashSet();
        var targets = stale.Where(k => failing.Contains(k.View.HypervisorId) || FenceGate.MayYetFail(k.Member))
            .Select(k => new SweepTarget(k.View.HypervisorId, k.View.HypervisorUuid)).ToArray();
        if (targets.Length == 0)
        {
            _gathering.Remove(location);
            return 0;
        }

        var gathering = new Gathering(location, Clock, new Queue<SweepTarget[]>(targets.Chunk(PageSize)));
        _gathering[location] = gathering;
        NextPage(gathering);
        return targets.Length;
    }

    private void NextPage(Gathering gathering)
    {
        if (gathering.Pages.TryDequeue(out var page))
        {
            gathering.Sweep = ++_questions;
            gathering.Page = page;
            _doors.Prober.Tell(new RunSweep(gathering.Sweep, TimeSpan.Zero, [.. page]));
        }
        else
        {
            _gathering.Remove(gathering.Location);
            DecideWhatIsReady();
        }
    }

    private void OnProbed(SweepCompleted probes)
    {
        foreach (var outcome in probes.Outcomes)
        {
            _probed[outcome.Hypervisor] = (outcome, Clock);
        }

        if (_gathering.Values.FirstOrDefault(g => g.Sweep == probes.Sweep) is { } gathering)
        {
            // Whom the prober leaves out is not in the inventory any more: a late view of it must not make everybody wait for a probe that never comes.
            foreach (var gone in probes.Outcomes.IsEmpty ? [] : gathering.Page.Where(t => probes.Outcomes.All(o => o.Hypervisor != t.Id)))
            {
                _fleet.Remove(gone.Id);
            }

            Watch(gathering.Location);
            NextPage(gathering);
        }
    }

    private void OnOpinion(OpinionGiven given)
    {
        if (_open.TryGetValue(given.HypervisorId, out var question) && question.Number == given.Question && question.Masters.FirstOrDefault(m => m.Name == given.Master) is { } master)
        {
            question.Opinions[master.Name] = new MasterOpinion(master.Name, master.IsThis, given.Outcome, given.PassAge);
            DecideWhenReady(question);
        }
    }

    private void DecideWhatIsReady()
    {
        foreach (var question in _open.Values.OrderBy(q => q.Ask.HypervisorId).ToArray())
        {
            DecideWhenReady(question);
        }
    }

    private void DecideWhenReady(OpenQuestion question)
    {
        // A permit that is being stored counts in no window yet: the next question is decided when it does.
        if (!IsStoring && question.Opinions.Count == question.Masters.Length && !_gathering.ContainsKey(question.Ask.Location) && WitnessesAreReady
            && _heartbeatAt is { } at && Clock - at <= FenceGate.JournalFresh)
        {
            Decide(question);
        }
    }

    private void Decide(OpenQuestion question)
    {
        var ask = question.Ask;
        Timers.Cancel($"overdue-{ask.HypervisorId}");
        _open.Remove(ask.HypervisorId);
        var paths = FencePaths.Of(ask.Devices, d => WhyNot(ask, d, question.AskedAt));
        var device = ask.Devices.IsEmpty ? null : string.Join(", ", ask.Devices.Select(d => d.Device));
        var candidate = new FenceCandidate(
            ask.HypervisorId, ask.Location, ask.Policy, ask.Maintenance, ask.Failing, ask.FailingSince, device, paths.Problem, ask.ToGain, ask.SeenPassing, ask.Order)
        {
            OffSent = ask.OffSent,
            NoticeUntil = ask.NoticeUntil,
            Unguarded = ask.Unguarded,
            Unheard = ask.Unheard,
            Needs = ask.Needs,
            ReadsOff = ask.ReadsOff,
        };
        var members = Members(ask.Location, question);
        var evidence = new GateEvidence(
            State.DisarmedBy is { } d ? $"by {d.Who}: {d.Reason}" : null,
            Clock - _leaderSince, _cold, _sweeps, _heartbeatAt is { } h ? Clock - h : null,
            question.Opinions.Values.FirstOrDefault(o => o.IsThis)?.Outcome, members)
        {
            Witnesses = WitnessesSaid(),
            MastersUnreachable = [.. _doors.Masters().Where(m => !m.IsReachable).Select(m => m.Name)],
            Opinions = [.. question.Opinions.Values],
            Storm = StormFacts(ask.Location),
            Override = State.Overrides.GetValueOrDefault(ask.Location),
            Fences = FencesOf(ask.Location, ask.HypervisorId),
        };

        switch (FenceGate.Decide(candidate, evidence, Policy, Now))
        {
            case GateDecision.Permitted permitted:
                ImmutableArray<HypervisorId> peers = [.. members.Where(m => m.Id != ask.HypervisorId && m.Phase == HypervisorPhase.Healthy).Select(m => m.Id)];
                ImmutableArray<HypervisorId> off = [.. _fleet.Values.Where(k => k.View.Location == ask.Location && k.View.HypervisorId != ask.HypervisorId && k.View.OffByItsOwnDevice).Select(k => k.View.HypervisorId)];
                Logger.Info("Fence of {HypervisorId} permitted, attempt {Attempt}", ask.HypervisorId, ask.Attempt);
                Store([new FencePermitted(ask.HypervisorId, ask.Attempt, ask.Location, ask.Incident, Now)], () =>
                {
                    _permitAt[ask.HypervisorId] = Clock;
                    Promise(ask.HypervisorId, ask.Incident, permitted.For);
                    _doors.Hypervisors.Tell(new PermitGranted(ask.HypervisorId, ask.Attempt, ask.Question, peers, off, paths.Excluded, permitted.OnlyIfOff));
                });
                break;
            case GateDecision.Withheld no:
                _doors.Hypervisors.Tell(new PermitWithheld(ask.HypervisorId, ask.Attempt, ask.Question, no.Check, no.Reason, no.Transient, no.Again));
                break;
        }
    }

    /// <summary>The hypervisors of a location as the checks see them.</summary>
    /// <param name="question">Null: as of now.</param>
    private ImmutableArray<FleetMember> Members(LocationId location, OpenQuestion? question) =>
        [.. _fleet.Values.Where(k => k.View.Location == location).Select(k => Member(k, question))];

    private FleetMember Member(Known known, OpenQuestion? question)
    {
        var view = known.View;
        var fresh = IsFresh(known, question);
        var missed = _probed.TryGetValue(view.HypervisorId, out var own) && Clock - own.At <= GatePolicy.FactsFresh && !own.Outcome.Passed ? own.Outcome
            : fresh && view.LastProbe is { Passed: false } last ? last
            : null;
        // One that did not pass just now fails, even if its own actor has not counted that yet: a storm shows in its first seconds.
        var phase = view.Phase == HypervisorPhase.Healthy && missed is not null ? HypervisorPhase.Suspect : view.Phase;
        // Who only observes is no room for what is really moved; where all only observe, what would be done is told.
        var able = view is { Capacity: not null, ShuttingDownSince: null } && (question is null or { Ask.Policy.ObserveOnly: true } || !view.ObserveOnly);
        return new FleetMember(view.HypervisorId, phase, view.HaEnabled, view.Maintenance, view.Misses, able && view.QuarantinedUntil is null, fresh)
        {
            Failing = view.Failing,
            FailingSince = view.FailingSince,
            AgentChangedAt = view.AgentChangedAt,
            QuarantinedUntil = able ? view.QuarantinedUntil : null,
            WithheldBy = view.Withheld?.Check,
            Datastores = view.Capacity is { } capacity ? [.. capacity.Datastores.Select(d => d.Id)] : [],
            Load = view.Capacity is { } offered && question is { Ask.Load: { IsDefault: false } load } ? Load(view.HypervisorId, offered, load.FirstOrDefault(l => l.Id == view.HypervisorId), question.Ask.HypervisorId) : null,
        };
    }

    private HostLoad Load(HypervisorId id, HostCapacity offered, GuestLoad? used, HypervisorId asker)
    {
        var promised = PromisedOn(id, asker);
        return new(
            offered.MemoryMiB, offered.Vcpus, offered.Protected, (used?.Guests ?? 0) + promised.Count, (used?.MemoryMiB ?? 0) + promised.Sum(p => p.MemoryMiB), (used?.Vcpus ?? 0) + promised.Sum(p => p.Vcpus));
    }

    /// <summary>Probed within 10 s before the question, or since: what was fresh enough when it was asked is not gathered again.</summary>
    private bool IsFresh(Known known, OpenQuestion? question)
    {
        var since = question?.Begun ?? Clock;
        return (_probed.TryGetValue(known.View.HypervisorId, out var own) && since - own.At <= GatePolicy.FactsFresh)
            || (known.View.ProbeAge is { } age && since - (known.At - age) <= GatePolicy.FactsFresh);
    }

    /// <summary>
    /// What only the fleet as a whole can say against a device. A contradiction stays until each who contradicted passes again or is proved to have been powered off by its own device; its own
    /// host's only until a person or a reading says so. An identity that another hypervisor's device tells too is nobody's.
    /// </summary>
    private string? WhyNot(AskPermit ask, AskedDevice device, TimeSpan askedAt)
    {
        var open = device.ContradictedBy
            .Where(id => id == ask.HypervisorId || !_fleet.TryGetValue(id, out var m)
                || !(m.View.OffByItsOwnDevice || (m.View.PassAge is { } passAge && device.ContradictedFor is { } age && m.At - passAge > askedAt - age)))
            .ToArray();
        if (open.Length > 0)
        {
            return $"it read off and {string.Join(", ", open.Take(5))} contradicted that";
        }

        var same = device.Identity is null ? null : _fleet.Values
            .Where(m => m.View.HypervisorId != ask.HypervisorId && !m.View.Devices.IsDefault && m.View.Devices.Any(d => d.Identity == device.Identity))
            .Select(m => m.View.HypervisorId.Value).FirstOrDefault();
        return same is null ? null : $"a device of {same} tells the same identity, so one of the two is registered wrongly";
    }

    private sealed class OpenQuestion(AskPermit ask, long number, TimeSpan begun)
    {
        public AskPermit Ask { get; set; } = ask;

        public long Number { get; } = number;

        public TimeSpan Begun { get; } = begun;

        /// <summary>When <see cref="Ask"/> came.</summary>
        public TimeSpan AskedAt { get; set; } = begun;

        /// <summary>Who was asked for an opinion.</summary>
        public ImmutableArray<MasterDoor> Masters { get; set; } = [];

        public SortedDictionary<string, MasterOpinion> Opinions { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>The hypervisors of a location are being probed again.</summary>
    private sealed class Gathering(LocationId location, TimeSpan begun, Queue<SweepTarget[]> pages)
    {
        public LocationId Location { get; } = location;

        public TimeSpan Begun { get; } = begun;

        public Queue<SweepTarget[]> Pages { get; } = pages;

        public long Sweep { get; set; }

        /// <summary>Whom <see cref="Sweep"/> probes.</summary>
        public SweepTarget[] Page { get; set; } = [];
    }

    private sealed record Overdue(HypervisorId Hypervisor, long Question);
}
