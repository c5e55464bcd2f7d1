using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <summary>What makes probes miss, or count otherwise: orderly shutdowns, wrong addresses, thresholds, clocks.</summary>
public static partial class Verbs
{
    private static IEnumerable<Verb> Probing() =>
    [
        new("orderly reboot {hv}", (s, w) => s.World.ShutDown(w.Hv(0), reboot: true)),
        new("orderly shutdown {hv}", (s, w) => s.World.ShutDown(w.Hv(0), reboot: false)),
        new("clock of master jumps {time} forward", (s, w) => s.JumpClock(w.Time(0))),
        new("clock of master jumps {time} back", (s, w) => s.JumpClock(-w.Time(0))),
        Asked("release", OperatorVerb.Release),
        new("location threshold {threshold}", (s, w) => s.Change($"threshold of dc1 set to {w[0]}", r => r with { Locations = r.Locations.SetItem(FleetPlan.Dc1, r.Locations[FleetPlan.Dc1] with { FailureThreshold = w.Number(0) }) })),
        new("agent of {hv} leads to {hv}", (s, w) => s.Change($"the agent URL of {w[0]} is that of {w[1]}", r => Readdressed(s, r, w.Hv(0), w.Hv(1)))),
        new("agent of {hv} changed to that of {hv} by {who}", (s, w) =>
        {
            s.Change($"{w[2]} changed the agent URL of {w[0]} to that of {w[1]}", r => Readdressed(s, r, w.Hv(0), w.Hv(1)));
            s.Ask(w.Hv(0), OperatorVerb.IdentityChanged, w[2], "its agent was changed");
        }),
    ];

    private static InventorySnapshot Readdressed(SimulatedSite site, InventorySnapshot rows, HypervisorId hypervisor, HypervisorId to)
    {
        var row = Row(rows, hypervisor);
        return rows with { Hypervisors = rows.Hypervisors.SetItem(hypervisor, row with { Agent = new AgentEndpoint(site.World.EndpointOf(to).Url, row.Agent.Token) }) };
    }
}
