using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>One incident: asks each instance for its end, those of high priority first, again and again until each has one. Remembers nothing: a new one asks anew.</summary>
public sealed class EvacuationActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(10);

    /// <summary>The list of instances is read again this often: one may turn up late.</summary>
    private static readonly TimeSpan ListAgain = TimeSpan.FromSeconds(30);

    private const int WaitsShown = 50;

    private readonly IncidentId _incident;
    private readonly HypervisorId _hypervisor;
    private readonly RecoveryKind _kind;
    private readonly ProofKind? _proof;
    private readonly bool _evacuationEnabled;
    private readonly OperatorAct? _cancelled;
    private readonly string? _bootId;
    private readonly HaDoors _doors;
    private readonly IInventory _inventory;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<InstanceId, (int Priority, InstanceEnded? End, InstanceWaits? Wait)> _instances = [];
    private EvacuationProgress? _told;
    private TimeSpan _listedAt;
    private bool _listed;
    private bool _listing;

    public EvacuationActor(IncidentId incident, HypervisorId hypervisor, RecoveryKind kind, ProofKind? proof, bool evacuationEnabled, OperatorAct? cancelled, string? bootId, HaDoors doors, IInventory inventory)
    {
        _incident = incident;
        _hypervisor = hypervisor;
        _kind = kind;
        _proof = proof;
        _evacuationEnabled = evacuationEnabled;
        _cancelled = cancelled;
        _bootId = bootId;
        _doors = doors;
        _inventory = inventory;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="cancelled">An operator ended the incident: each instance is asked for its end, and to end.</param>
    /// <param name="bootId">Of a restart: the boot that ended what ran there.</param>
    public static Props Props(
        IncidentId incident, HypervisorId hypervisor, RecoveryKind kind, ProofKind? proof, bool evacuationEnabled, OperatorAct? cancelled, string? bootId, HaDoors doors, IInventory inventory) =>
        Made.By(() => new EvacuationActor(incident, hypervisor, kind, proof, evacuationEnabled, cancelled, bootId, doors, inventory));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Again), Again.Instance, Repeat, Repeat);
        List();
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Listed listed:
                _listing = false;
                _listed = true;
                _listedAt = Context.System.Scheduler.MonotonicClock;
                var found = listed.Instances.Where(i => !_instances.ContainsKey(i.Id)).ToArray();
                foreach (var (id, priority) in found)
                {
                    _instances[id] = (priority, null, null);
                }

                Ask(found.Select(f => f.Id));
                Tell();
                break;
            case Status.Failure failure:
                _listing = false;
                _log.Warning("{Incident}: the instances of {Hypervisor} can't be listed: {Reason}; asked again", _incident, _hypervisor, failure.Cause.Message);
                break;
            case AddInstance add when !_instances.ContainsKey(add.Instance):
                _instances[add.Instance] = (0, null, null);
                Ask([add.Instance]);
                Tell();
                break;
            case AddInstance:
                break;
            case InstanceEnded ended when ended.Incident == _incident && _instances.TryGetValue(ended.InstanceId, out var known):
                _instances[ended.InstanceId] = known with { End = ended, Wait = null };
                Tell();
                break;
            case InstanceWaits waits when waits.Incident == _incident && _instances.TryGetValue(waits.InstanceId, out var known) && known.End is null:
                _instances[waits.InstanceId] = known with { Wait = waits };
                Tell();
                break;
            case InstanceEnded or InstanceWaits:
                break;
            case ExplainWaits explain:
                explain.Asker.Tell(WithWaits(explain.Explained));
                break;
            case Again:
                if (!_listed || Context.System.Scheduler.MonotonicClock - _listedAt >= ListAgain)
                {
                    List();
                }

                Ask(_instances.Where(i => i.Value.End is null).Select(i => i.Key));
                _told = null;
                Tell();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Who has no end, with what each last answered: a page of them, for an answer must stay small.</summary>
    private HypervisorExplained WithWaits(HypervisorExplained explained)
    {
        var open = _instances.Where(i => i.Value.End is null)
            .Select(i => i.Value.Wait ?? new InstanceWaits(i.Key, _incident, InstanceWait.Start, "it has been asked, and has not answered yet")).ToArray();
        ImmutableArray<InstanceWaits> shown = [.. open.Take(WaitsShown)];
        return explained with
        {
            Waits = shown,
            Waiting = open.Length,
            Sentences = [.. explained.Sentences, .. shown.Select(ExplainWords.Waits), .. open.Length > WaitsShown ? [$"And {open.Length - WaitsShown} more."] : Array.Empty<string>()],
        };
    }

    private void Ask(IEnumerable<InstanceId> instances)
    {
        foreach (var id in instances.OrderByDescending(i => _instances[i].Priority).ThenBy(i => i).ToArray())
        {
            _doors.Instances.Tell(new RecoverInstance(id, _incident, _hypervisor, _kind, _proof, _evacuationEnabled, _cancelled, _bootId));
        }
    }

    private void List()
    {
        if (_listing)
        {
            return;
        }

        _listing = true;
        ListAsync().PipeTo(Self, success: found => new Listed(found), failure: e => new Status.Failure(e));
    }

    private async Task<ImmutableArray<(InstanceId Id, int Priority)>> ListAsync()
    {
        var ids = await _inventory.InstancesOfAsync(_hypervisor, _stopping.Token);
        var known = (await _inventory.ReadAsync(_stopping.Token)).Instances;
        return [.. ids.Order().Select(i => (i, known.TryGetValue(i, out var instance) ? instance.Priority : 0))];
    }

    private void Tell()
    {
        if (!_listed)
        {
            return;
        }

        var ended = _instances.Values.Count(i => i.End is not null);
        var waiting = _instances.Values.Count(i => i.Wait is { Wait: not InstanceWait.Start });
        var progress = new EvacuationProgress(_incident, _instances.Count, ended, waiting, _instances.Count - ended - waiting);
        if (progress != _told)
        {
            _told = progress;
            Context.Parent.Tell(progress);
            if (ended == _instances.Count)
            {
                int Of(InstanceEnd end) => _instances.Values.Count(i => i.End!.End == end);
                Context.Parent.Tell(new EvacuationOver(
                    _incident, ended, Of(InstanceEnd.Evacuated), Of(InstanceEnd.Restarted), Of(InstanceEnd.HandedOver), Of(InstanceEnd.Left), Of(InstanceEnd.Cancelled)));
            }
        }
    }

    private sealed record Listed(ImmutableArray<(InstanceId Id, int Priority)> Instances) : INoSerializationVerificationNeeded;

    private sealed record Again
    {
        public static readonly Again Instance = new();
    }
}
