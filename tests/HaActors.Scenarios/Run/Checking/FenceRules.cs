using System.Text.RegularExpressions;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run.Checking;

/// <summary>Power is cut only fresh and permitted (SAFETY 10, 12), and what is written as off is off (13).</summary>
internal sealed partial class FenceRules(SimulatedSite site, Action<string, string> broken)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ResumeWithin = TimeSpan.FromMinutes(5);

    private readonly List<(HypervisorId Hypervisor, int Attempt, TimeSpan At)> _issued = [];
    private readonly HashSet<(HypervisorId Hypervisor, int Attempt)> _permits = [];
    private readonly Dictionary<HypervisorId, int> _attempts = [];
    private readonly Dictionary<HypervisorId, (IncidentId Incident, bool Ordered)> _incidents = [];
    private readonly List<(HypervisorId Hypervisor, IncidentId Incident, bool Ordered, TimeSpan At)> _offs = [];

    /// <summary>When the answer to a write was last lost, by hypervisor: its actor stopped then, and recovered after that.</summary>
    private readonly Dictionary<HypervisorId, TimeSpan> _unanswered = [];

    private TimeSpan Now => site.Timeline.Elapsed;

    public void OnStored(StoredEvent row)
    {
        switch (row.Written)
        {
            case FencePermitted p:
                _permits.Add((p.HypervisorId, p.Attempt));
                break;
            case FenceRequested r:
                if (!_permits.Contains((r.HypervisorId, r.Attempt))) broken(Rules.OffNotPermitted, $"attempt {r.Attempt} on {r.HypervisorId} was requested, and no permit for it is stored");
                if (r.Attempt <= _attempts.GetValueOrDefault(r.HypervisorId)) broken(Rules.OffNotPermitted, $"attempt {r.Attempt} on {r.HypervisorId} is not above the last one");
                _attempts[r.HypervisorId] = r.Attempt;
                break;
            case DeclaredDown d:
                _incidents[d.HypervisorId] = (d.Incident, d.By is not null);
                break;
            case FenceOrdered o when _incidents.TryGetValue(o.HypervisorId, out var known):
                _incidents[o.HypervisorId] = known with { Ordered = true };
                break;
            case FenceOffIssued i:
                _issued.Add((i.HypervisorId, i.Attempt, Now));
                break;
            case FenceResumed r:
                Resumed(r);
                break;
            case Fenced f:
                Proved(f);
                break;
        }

        // Stored, and never answered: whoever wrote it stops, and the next of its name reads it. Only of hypervisors, for it is they that resume.
        if (site.Database.LosesWriteAnswers && row.Written is IHypervisorEvent written) _unanswered[written.HypervisorId] = Now;
    }

    /// <summary>The database was set back: attempts are counted from what is left, and each needs its own permit again.</summary>
    public void OnRestored()
    {
        _attempts.Clear();
        _permits.Clear();
        foreach (var row in site.Database.Rows)
        {
            if (row.Written is FencePermitted p) _permits.Add((p.HypervisorId, p.Attempt));
            if (row.Written is FenceRequested r) _attempts[r.HypervisorId] = r.Attempt;
        }
    }

    public void OnAct(Act act)
    {
        if (OffSent().Match(act.Text) is not { Success: true } match) return;
        var hypervisor = new HypervisorId(match.Groups["hv"].Value);
        Count(hypervisor);
        if (site.IsOnlyObserved(hypervisor)) broken(Rules.OnlyObserved, $"'{act.Text}', and HA only observes {hypervisor}");
        var found = _issued.FindIndex(i => i.Hypervisor == hypervisor && Now - i.At <= Fresh);
        if (found < 0)
        {
            broken(Rules.OffNotStored, $"'{act.Text}' without a FenceOffIssued that was stored at most 10 s before");
            return;
        }

        var issued = _issued[found];
        _issued.RemoveAt(found);
        if (!_permits.Contains((hypervisor, issued.Attempt))) broken(Rules.OffNotPermitted, $"'{act.Text}' in attempt {issued.Attempt}, and no permit for it is stored");
    }

    /// <summary>Distinct hypervisors that nobody ordered to be fenced, once an incident, within the window (SAFETY 11).</summary>
    private void Count(HypervisorId hypervisor)
    {
        if (!_incidents.TryGetValue(hypervisor, out var now) || _offs.Exists(o => o.Hypervisor == hypervisor && o.Incident == now.Incident)) return;
        _offs.Add((hypervisor, now.Incident, now.Ordered, Now));
        var policy = site.Settings.Gate;
        var location = site.Plan.LocationOf(hypervisor);
        var recent = _offs.Where(o => !o.Ordered && Now - o.At < policy.MaxFencesWindow && site.Plan.LocationOf(o.Hypervisor) == location).Select(o => o.Hypervisor).Distinct().Count();
        var most = policy.MaxFencesOf(site.Plan.Hypervisors.Count(h => site.Plan.LocationOf(h.Id) == location));
        if (!now.Ordered && recent > most) broken(Rules.FenceWindow, $"an off was sent to {recent} hypervisors of {location} within {policy.MaxFencesWindow.TotalMinutes:0.#} min, {most} are allowed");
    }

    /// <summary>After a restart a pass means expired unless an off may have left, and five minutes are the limit.</summary>
    private void Resumed(FenceResumed r)
    {
        var offs = site.Database.Rows.Any(row => row.Written is FenceOffIssued o && o.HypervisorId == r.HypervisorId && o.Attempt == r.Attempt);
        if (!offs && site.Answering.Since(r.HypervisorId) is { } since && Now - since > site.Settings.ProbeTimeout * 2)
            broken(Rules.ResumeStale, $"attempt {r.Attempt} on {r.HypervisorId} was resumed although it answers since {since.TotalSeconds:0} s and no off had been issued");
        var recovered = site.BootedAt > site.DatabaseFineAt ? site.BootedAt : site.DatabaseFineAt;
        // A journal that loses its answers stops each writer by itself: the five minutes are of that one's own recovery.
        if (_unanswered.TryGetValue(r.HypervisorId, out var stopped) && stopped > recovered) recovered = stopped;
        if (Now - recovered > ResumeWithin + TimeSpan.FromMinutes(1))
            broken(Rules.ResumeStale, $"attempt {r.Attempt} on {r.HypervisorId} was resumed {(Now - recovered).TotalSeconds:0} s after whoever resumed it could recover");
    }

    private void Proved(Fenced f)
    {
        if (site.World.Look(f.HypervisorId).Power != HostPower.On || (f.Proof != ProofKind.Acknowledged && Proofs.WasLie(f.HypervisorId, site))) return;
        broken(Rules.FencedUntrue, $"{f.HypervisorId} was proved off ({f.Proof}), and it is on");
    }

    [GeneratedRegex(@"^off (?<hv>\S+) sent by ", RegexOptions.ExplicitCapture)]
    private static partial Regex OffSent();
}
