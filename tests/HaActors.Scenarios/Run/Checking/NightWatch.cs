using System.Collections.Immutable;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>
/// Watches one night: after each act of the world, each stored event and each request to start something, every rule is looked at with what the world knows and no
/// master can. The same for scenarios and for nights.
/// </summary>
public sealed class NightWatch
{
    /// <summary>So many are kept; what follows a broken rule is mostly its consequence.</summary>
    private const int Kept = 20;

    private static readonly TimeSpan BetweenReplays = TimeSpan.FromMinutes(7);

    private readonly SimulatedSite _site;
    private readonly List<Broken> _broken = [];
    private readonly Proofs _proofs = new();
    private readonly FenceRules _fences;
    private readonly StartRules _starts;
    private readonly ReplayRule _replay;

    internal NightWatch(SimulatedSite site)
    {
        _site = site;
        _fences = new FenceRules(site, Break);
        _starts = new StartRules(site, _proofs, Break);
        _replay = new ReplayRule(site, Break);
        site.World.Acted += OnAct;
        site.World.RunArrived += _starts.OnRun;
    }

    public ImmutableArray<Broken> Broken => [.. _broken];

    public bool IsBroken => _broken.Count > 0;

    /// <summary>True proofs that were not: the BMC lied, and nobody could know.</summary>
    public int LiesBelieved => _proofs.LiesBelieved;

    /// <summary>Starts by the boot of a host whose agent's state directory a person had emptied (FAILURE-MODES.md, rule 5).</summary>
    public int UnguardedStarts { get; private set; }

    /// <summary>Requests to start something that arrived at an agent.</summary>
    public int Starts => _starts.Arrived;

    internal void Begin() => _site.Timeline.After(BetweenReplays, CompareAndAgain);

    internal void OnStored(StoredEvent row)
    {
        _proofs.OnStored(row, _site);
        _fences.OnStored(row);
        _starts.OnStored(row);
        _replay.OnStored(row);
    }

    internal void OnRestored(long ordering)
    {
        _replay.Forget(ordering);
        _fences.OnRestored();
        _starts.Forget();
    }

    internal void OnCrash(string what) => Break(Rules.Crash, what);

    /// <param name="settled">The faults are over and there was time: whatever failed must have its end, or wait with a reason that is true.</param>
    internal void End(bool settled)
    {
        _replay.Compare();
        foreach (var told in ToldOnce.Look(_site)) Break(Rules.ToldTwice, told);
        foreach (var called in CalledRule.Look(_site)) Break(Rules.CallMissed, called);
        if (!settled) return;
        foreach (var (rule, text) in new SettledRule(_site).Look()) Break(rule, text);
    }

    private bool IsUnguarded(Domain.InstanceId instance) => _site.World.Copies(instance).MaxBy(c => c.StartedAt) is { } newest && _site.Answering.WasWiped(newest.Hypervisor)
        && _site.World.Look(newest.Hypervisor).Instances.First(i => i.Id == instance) is { Managed: false, Epoch: 0 };

    private void CompareAndAgain()
    {
        _replay.Compare();
        _site.Timeline.After(BetweenReplays, CompareAndAgain);
    }

    private void OnAct(Act act)
    {
        if (act.Text.StartsWith("VIOLATION", StringComparison.Ordinal) || act.Text.StartsWith("NEAR MISS", StringComparison.Ordinal))
        {
            var instance = _site.World.Violations[^1].Instance;
            if (IsUnguarded(instance)) UnguardedStarts++;
            else if (!_proofs.LieExplains(instance, _site)) Break(Rules.TwoCopies, act.Text);
        }

        _fences.OnAct(act);
    }

    private void Break(string rule, string text)
    {
        if (_broken.Count < Kept) _broken.Add(new Broken(rule, _site.Timeline.Elapsed, _site.Names.Readable(text)));
    }
}
