using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Domain.Probing;

namespace HaActors.Actors.Hypervisors;

/// <summary>Probes, and what its agent reports.</summary>
public sealed partial class HypervisorActor
{
    private const string ListInstances = "list instances";
    private const string ReadHost = "read host";

    /// <summary>Passes after which a ping that never worked in them is no evidence any more.</summary>
    private const int PingMemory = 20;

    /// <summary>Capacity is read again after this; the list of instances when its version changed, and after this at the latest.</summary>
    private static readonly TimeSpan FactsLast = TimeSpan.FromMinutes(1);

    /// <summary>Lists in which an instance that is gone is still told as gone.</summary>
    private const int SayGone = 5;

    private readonly SortedDictionary<InstanceId, RecordSighting> _seen = [];
    private readonly SortedDictionary<InstanceId, int> _goneSaid = [];
    /// <summary>A boot, and the tick that finds it, pass in this time.</summary>
    private static readonly TimeSpan ListedLately = TimeSpan.FromMinutes(3);

    private CountedMiss? _lastCounted;
    private TimeSpan? _lastBegun;
    private int _passesWithoutPing;
    private bool _seenPassing;
    private DateTimeOffset? _lastPassAt;
    private TimeSpan? _lastPass;
    private DateTimeOffset? _lastProbeAt;
    private ProbeOutcome? _lastProbe;
    private HostCapacity? _capacity;
    private string? _factsBootId;
    private int _running;
    private string? _listedVersion;
    private TimeSpan? _listedAt;

    /// <summary>When a pass last said that nothing has changed since the list, in the same boot.</summary>
    private TimeSpan? _listHeldAt;
    private string? _listedBoot;
    private bool _listing;
    private TimeSpan? _hostAt;
    private bool _readingHost;

    private void OnProbe(RecordProbe probe)
    {
        var outcome = probe.Outcome;
        // In the same process its clock is mine; from another one its age, which the way has made a little younger. The wall clock may jump and says nothing.
        var begun = Sender.Equals(_doors.Prober) ? probe.Begun : Clock - probe.Age;
        if (_lastBegun is { } last && begun < last)
        {
            return;
        }

        _lastBegun = begun;
        _lastProbeAt = probe.At;
        _lastProbe = outcome;
        if (State.IsProvedOff && outcome.AnyAnswer && begun > _proved.Since)
        {
            Handle(new ObserveProof(ProofSign.On, WasNeverOff(outcome) ? "its agent answers in the boot from before, so it was never off" : outcome.Passed ? "its agent answers" : "it answers ping or its agent's port", Now));
            ContradictIfNeverOff(outcome);
        }

        if (_policy is null)
        {
            // Nobody has told it yet in this life whether HA is on: a new boot would be noted and nothing of it started again. Its policy comes with the next tick, before the next probe.
            return;
        }

        HearNotice(outcome);
        if (outcome.Passed)
        {
            OnPassOf(begun);
            OnPass(outcome, probe.Pace > TimeSpan.Zero, begun);
        }
        else if (outcome.Health == HealthFinding.WrongHost)
        {
            Handle(new SeeWrongHost(outcome.Detail ?? "another host answers at its agent's address", Now));
            TellView();
        }
        else if (Policy.HaEnabled && probe.Pace > TimeSpan.Zero && MissPacing.Counts(_lastCounted, Clock, probe.Monitor, probe.Sweep, probe.Pace))
        {
            _lastCounted = new CountedMiss(probe.Monitor, probe.Sweep, Clock);
            CountMiss(outcome);
        }
        else
        {
            AfterProbe(null);
        }
    }

    /// <summary>No power-off leaves a boot as it was.</summary>
    private bool WasNeverOff(ProbeOutcome outcome) => outcome is { Passed: true, BootId: { } boot } && boot == State.BootId;

    /// <summary>What read off while it ran lies, or is another machine's: it must not be believed the next time.</summary>
    private void ContradictIfNeverOff(ProbeOutcome outcome)
    {
        if (State.Proof == ProofKind.Acknowledged || !WasNeverOff(outcome))
        {
            return;
        }

        foreach (var device in State.ProvedBy)
        {
            Handle(new ContradictDevice(null, device, $"it read off, and {_id} answers in the boot from before", [_id], Now));
        }
    }

    private void HearNotice(ProbeOutcome outcome)
    {
        if (outcome.ShuttingDown && State.Notice is null && outcome is { HypervisorUuid: { } uuid, BootId: { } boot })
        {
            Handle(new TakeNotice(uuid, boot, Now));
        }
    }

    private void OnPass(ProbeOutcome outcome, bool ofSweep, TimeSpan begun)
    {
        _seenPassing = true;
        _lastPassAt = Now;
        _lastPass = Clock;
        _lastCounted = _lastCounted is { } counted ? counted with { At = null } : null;
        _passesWithoutPing = outcome.Ping == PingFinding.Ok ? 0 : _passesWithoutPing + 1;
        if (outcome.InstancesVersion == _listedVersion && outcome.BootId == _listedBoot)
        {
            _listHeldAt = Clock;
        }

        if (outcome.InstancesVersion != _listedVersion || _listedAt is not { } at || Clock - at > FactsLast)
        {
            List();
        }

        if (_hostAt is not { } read || Clock - read > FactsLast)
        {
            ReadHostFacts();
        }

        if (State.PowerReturnedAt is not null && _capacity is { Protected: true } && _factsBootId == outcome.BootId)
        {
            // SAFETY 15: guarded by the hook, a new boot, and none of the waiting instances runs there, which the look before each start tells.
            Handle(new AcceptReturn(outcome.HypervisorUuid, outcome.BootId, Now));
        }

        var bootedAnew = State.Phase == HypervisorPhase.Down && State.BootId is { } known && outcome.BootId is { } boot && boot != known;
        if (!ofSweep && !bootedAnew && State.Phase is (HypervisorPhase.Down or HypervisorPhase.FenceFailed or HypervisorPhase.Returning))
        {
            // Passes in a row are a tick apart: a question of the gate between two ticks does not shorten the wait. A new boot says all there is to say at once.
            AfterProbe(null);
            return;
        }

        var pass = new RecordPass(outcome.HypervisorUuid, outcome.BootId, outcome.Ping == PingFinding.Ok, _passesWithoutPing >= PingMemory, Policy.Acts, Now)
        {
            AgentVersion = outcome.AgentVersion,
            AfterNotice = State.Notice is not null && begun > _noticed.Since,
            SinceOrder = Clock - _ordered.Since,
        };
        Handle(pass, d => AfterProbe(d));
    }

    /// <summary>Each probe result is an occasion to ask again for what is waited for; an ignored one does not run <see cref="React"/> by itself.</summary>
    private void AfterProbe(Decision<IHypervisorEvent>? decision)
    {
        if (decision is not Decision<IHypervisorEvent>.Accepted)
        {
            React();
        }
    }

    private void OnPhaseChanged()
    {
        if (State.Phase is not (HypervisorPhase.Down or HypervisorPhase.FenceFailed))
        {
            // The next failure has reasons of its own.
            ForgetWithheld();
        }

        if (State.Phase is HypervisorPhase.Healthy or HypervisorPhase.Returning)
        {
            // What its agent says is looked at afresh: a new boot has another list and is not cleared.
            _listedAt = null;
            _hostAt = null;
        }
    }

    private void List()
    {
        if (_listing)
        {
            return;
        }

        _listing = true;
        Call(ListInstances, async stopping =>
        {
            // First who lives there, then who is there: what is brought there in between is no loss.
            var inventory = await _ports.Inventory.ReadAsync(stopping);
            ImmutableArray<InstanceId> living = [.. inventory.Instances.Values.Where(i => i.HypervisorId == _id).Select(i => i.Id).Order()];
            AgentResult<InstanceReport> result = inventory.Hypervisors.TryGetValue(_id, out var me)
                ? await _ports.Agent.InstancesAsync(me.Agent, stopping)
                : new AgentResult<InstanceReport>.Unknown("it is not in the inventory");
            return new InstancesListed(result, living);
        }, listed => listed);
    }

    private void OnInstances(InstancesListed listed)
    {
        _listing = false;
        if (listed.Result is not AgentResult<InstanceReport>.Yes { Value: var report })
        {
            return;
        }

        if (State.HypervisorUuid is { } known && report.HypervisorUuid != known)
        {
            Logger.Warning("{HypervisorId}: its list of instances comes from another host ({Uuid}) and is not used", _id, report.HypervisorUuid);
            return;
        }

        var wasListedLately = WasListedLately;
        _listedVersion = report.Version;
        _listedBoot = report.BootId;
        _listedAt = _listHeldAt = Clock;
        _running = report.Instances.Count(i => i.State.IsRunningOrPaused());
        var at = Now;
        foreach (var i in report.Instances.OrderBy(i => i.Id))
        {
            _goneSaid.Remove(i.Id);
            Sight(new RecordSighting(i.Id, _id, true, i.State, i.UserStopped, i.Epoch, report.BootId, at, i.Managed, i.Transient));
        }

        // What is gone is said a few times more: a lost word would leave it here for ever, and whoever looks for it learns that it stays away.
        foreach (var gone in _seen.Where(s => report.Instances.All(i => i.Id != s.Key)).Select(s => s.Value).ToArray())
        {
            // What it had no definition of may have been moved away, unheard, since the list before: with every minute since then that is more likely.
            Sight(gone with { Present = false, State = InstanceState.ShutOff, BootId = report.BootId, At = at, Transient = gone.Transient && (wasListedLately || _goneSaid.ContainsKey(gone.InstanceId)) });
            _goneSaid[gone.InstanceId] = _goneSaid.GetValueOrDefault(gone.InstanceId) + 1;
            if (_goneSaid[gone.InstanceId] >= SayGone)
            {
                _goneSaid.Remove(gone.InstanceId);
                _seen.Remove(gone.InstanceId);
            }
        }

        // … and what went while no master listened is in no memory of this actor, but the inventory has it here.
        foreach (var gone in listed.Living.Where(l => !_seen.ContainsKey(l) && report.Instances.All(i => i.Id != l)))
        {
            _doors.Instances.Tell(new RecordSighting(gone, _id, false, InstanceState.ShutOff, false, 0, report.BootId, at));
        }

        Call("save report", async stopping =>
        {
            await _ports.Inventory.SaveReportAsync(_id, report, at, stopping);
            return Done.Instance;
        }, done => done);
    }

    private bool WasListedLately => _listHeldAt is { } last && Clock - last <= ListedLately;

    /// <summary>What had no definition here, was in a list shortly before this boot, and is not there in it: it has not gone before.</summary>
    private ImmutableHashSet<InstanceId> TakenByBoot(string bootId) =>
        [.. _seen.Values.Where(s => s.Transient && (s.Present ? s.BootId != bootId && WasListedLately : s.BootId == bootId)).Select(s => s.InstanceId)];

    private void Sight(RecordSighting sighting)
    {
        // Said at each list, not only when it changed: a lost one heals with the next.
        _seen[sighting.InstanceId] = sighting;
        _doors.Instances.Tell(sighting);
    }

    private void ReadHostFacts()
    {
        if (_readingHost)
        {
            return;
        }

        _readingHost = true;
        // Only the boot that this state knows as settled: a fresh one is settled first.
        // Who only observes changes nothing there, but for what was changed before: what the hook was told to hold back, nobody but a master can let go.
        var mayClear = State.Phase is HypervisorPhase.Healthy && !State.NeedsClearing && (!Policy.ObserveOnly || _seen.Values.Any(s => s.Managed == true || s.Epoch > 0));
        var mayTellFloors = !Policy.ObserveOnly;
        var (boot, uuid) = (State.BootId, State.HypervisorUuid);
        Call(ReadHost, async stopping =>
        {
            var inventory = await _ports.Inventory.ReadAsync(stopping);
            if (!inventory.Hypervisors.TryGetValue(_id, out var me))
            {
                return new AgentResult<HostFacts>.Unknown("it is not in the inventory");
            }

            var answer = await _ports.Agent.HostAsync(me.Agent, stopping);
            if (answer is AgentResult<HostFacts>.Yes { Value: var facts })
            {
                if (!facts.FloorsKnown && mayTellFloors)
                {
                    var floors = inventory.Instances.Values.ToImmutableDictionary(i => i.Id, i => i.Epoch);
                    await _ports.Agent.SetEpochFloorsAsync(me.Agent, facts.BootId, floors, stopping);
                }

                // A host that this cluster never took anything from needs no settling; its hook waits for a master's word all the same.
                if (!facts.Cleared && mayClear && facts.BootId == boot && facts.HypervisorUuid == uuid)
                {
                    await _ports.Agent.ClearAsync(me.Agent, facts.BootId, stopping);
                }
            }

            return answer;
        }, result => new HostRead(result));
    }

    private void OnHost(HostRead host)
    {
        _readingHost = false;
        if (host.Result is AgentResult<HostFacts>.Yes { Value: var facts })
        {
            // Not cleared yet: look again with the next pass, not in a minute.
            _hostAt = facts.Cleared && facts.FloorsKnown ? Clock : null;
            _factsBootId = facts.BootId;
            _capacity = new HostCapacity(facts.MemoryMiB, facts.Vcpus, facts.Protected, [.. facts.Datastores.OrderBy(d => d.Id).Select(d => new HostDatastore(d.Id, d.FreeMiB))]);
            TellView();
        }
    }

    /// <param name="Living">Instances whose place this is, as the inventory had it right before.</param>
    private sealed record InstancesListed(AgentResult<InstanceReport> Result, ImmutableArray<InstanceId> Living);

    private sealed record HostRead(AgentResult<HostFacts> Result);
}
