using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>
/// A hypervisor answers again: every instance that names it, and every one that its agent has, says keep or remove; then the agent is told that this boot
/// is cleared. Until then its hook lets nothing managed start (SAFETY 17).
/// </summary>
public sealed class ReturnActor : UntypedActor, IWithTimers
{
    private const string NotListed = "its agent has not told yet which instances it has";

    private const string NotCleared = "all are settled, and its agent is being told that this boot is cleared";

    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(10);

    private readonly HypervisorId _hypervisor;
    private readonly string _bootId;
    private readonly ImmutableHashSet<InstanceId> _taken;
    private readonly HaDoors _doors;
    private readonly IInventory _inventory;
    private readonly IHypervisorAgent _agent;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<InstanceId, bool> _settled = [];
    private readonly SortedDictionary<InstanceId, string> _why = [];
    private ImmutableHashSet<InstanceId> _present = [];
    private string _trouble = NotListed;
    private bool _listed;
    private bool _busy;
    private bool _cleared;

    /// <param name="taken">Had no definition there, and were seen there shortly before this boot.</param>
    public ReturnActor(HypervisorId hypervisor, string bootId, ImmutableHashSet<InstanceId> taken, HaDoors doors, IInventory inventory, IHypervisorAgent agent)
    {
        _hypervisor = hypervisor;
        _bootId = bootId;
        _taken = taken;
        _doors = doors;
        _inventory = inventory;
        _agent = agent;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(HypervisorId hypervisor, string bootId, ImmutableHashSet<InstanceId> taken, HaDoors doors, IInventory inventory, IHypervisorAgent agent) =>
        Made.By(() => new ReturnActor(hypervisor, bootId, taken, doors, inventory, agent));

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
                _busy = false;
                _listed = true;
                _trouble = NotCleared;
                _present = listed.Present;
                foreach (var id in listed.Instances)
                {
                    _settled.TryAdd(id, false);
                }

                Ask();
                ClearWhenSettled();
                break;
            case ReturnSettled settled when settled.Hypervisor == _hypervisor && settled.BootId == _bootId && _settled.ContainsKey(settled.InstanceId):
                _settled[settled.InstanceId] = true;
                ClearWhenSettled();
                break;
            case ReturnUnsettled unsettled when unsettled.Hypervisor == _hypervisor && unsettled.BootId == _bootId:
                _why[unsettled.InstanceId] = unsettled.Reason;
                break;
            case ReturnSettled or ReturnUnsettled:
                break;
            case ClearAnswered { Result: AgentResult<Done>.Yes }:
                _busy = false;
                _cleared = true;
                Context.Parent.Tell(new ReturnCleared(_bootId));
                break;
            case ClearAnswered answered:
                _busy = false;
                _trouble = $"its agent does not take it that this boot is cleared: {answered.Result switch
                {
                    AgentResult<Done>.No no => no.Message,
                    AgentResult<Done>.Unknown unknown => unknown.Message,
                    _ => "",
                }}";
                _log.Info("{Hypervisor}: {Answer}; asked again", _hypervisor, _trouble);
                break;
            case Status.Failure failure:
                _busy = false;
                _trouble = failure.Cause.Message;
                _log.Warning("{Hypervisor}: its instances can't be settled yet: {Reason}; asked again", _hypervisor, failure.Cause.Message);
                break;
            case Again when _cleared:
                Context.Parent.Tell(new ReturnCleared(_bootId));
                break;
            case Again when !_listed:
                Context.Parent.Tell(new ReturnWaits(_bootId, _trouble));
                List();
                break;
            case Again:
                Context.Parent.Tell(new ReturnWaits(_bootId, WhyNot()));
                Ask();
                ClearWhenSettled();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Ask()
    {
        foreach (var id in _settled.Where(s => !s.Value).Select(s => s.Key).ToArray())
        {
            _doors.Instances.Tell(new HypervisorReturned(id, _hypervisor, _bootId, _present.Contains(id), _taken.Contains(id)));
        }
    }

    /// <summary>The first of those that are not settled, with its reason, and how many more there are.</summary>
    private string WhyNot()
    {
        InstanceId[] open = [.. _settled.Where(s => !s.Value).Select(s => s.Key)];
        return open is [var first, .. var more]
            ? $"{first}: {_why.GetValueOrDefault(first, "whether it stays there has not been answered yet")}{(more.Length > 0 ? $"; and {Amounts.Of(more.Length, "more instance")}" : "")}"
            : _trouble;
    }

    private void ClearWhenSettled()
    {
        if (_listed && !_busy && !_cleared && _settled.Values.All(s => s))
        {
            _busy = true;
            ClearAsync().PipeTo(Self, success: r => new ClearAnswered(r), failure: e => new Status.Failure(e));
        }
    }

    private async Task<AgentResult<Done>> ClearAsync()
    {
        var inventory = await _inventory.ReadAsync(_stopping.Token);
        if (!inventory.Hypervisors.TryGetValue(_hypervisor, out var me))
        {
            return new AgentResult<Done>.Unknown("it is not in the inventory");
        }

        // An agent with an empty state directory must know the floors before anything may start there.
        if (await _agent.HostAsync(me.Agent, _stopping.Token) is AgentResult<HostFacts>.Yes { Value.FloorsKnown: false }
            && await _agent.SetEpochFloorsAsync(me.Agent, _bootId, EpochFloors.Of(inventory), _stopping.Token) is var floors and not AgentResult<Done>.Yes)
        {
            return floors;
        }

        return await _agent.ClearAsync(me.Agent, _bootId, _stopping.Token);
    }

    private void List()
    {
        if (!_busy)
        {
            _busy = true;
            ListAsync().PipeTo(Self, failure: e => new Status.Failure(e));
        }
    }

    private async Task<Listed> ListAsync()
    {
        var named = await _inventory.InstancesOfAsync(_hypervisor, _stopping.Token);
        var inventory = await _inventory.ReadAsync(_stopping.Token);
        if (!inventory.Hypervisors.TryGetValue(_hypervisor, out var me)
            || await _agent.InstancesAsync(me.Agent, _stopping.Token) is not AgentResult<InstanceReport>.Yes { Value: var report })
        {
            throw new InvalidOperationException(NotListed);
        }

        return report.BootId == _bootId
            ? new Listed([.. named.Concat(report.Instances.Select(i => i.Id)).Distinct().Order()], [.. report.Instances.Select(i => i.Id)])
            : throw new InvalidOperationException($"it has booted again ({report.BootId})");
    }

    private sealed record Listed(ImmutableArray<InstanceId> Instances, ImmutableHashSet<InstanceId> Present) : INoSerializationVerificationNeeded;

    private sealed record ClearAnswered(AgentResult<Done> Result) : INoSerializationVerificationNeeded;

    private sealed record Again
    {
        public static readonly Again Instance = new();
    }
}
