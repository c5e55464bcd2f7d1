using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Scenarios.Language;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run;

/// <content>What operators ask and change.</content>
public static partial class Verbs
{
    private static IEnumerable<Verb> Operators() =>
    [
        new("confirm-fenced {hv} by {who} because {text}", (s, w) => s.Ask(w.Hv(0), OperatorVerb.ConfirmFenced, w[1], w[2], w[0])),
        new("confirm-fenced {hv} if it is off by {who} because {text}", (s, w) =>
        {
            if (s.World.Look(w.Hv(0)).Power == HostPower.Off) s.Ask(w.Hv(0), OperatorVerb.ConfirmFenced, w[1], w[2], w[0]);
            else s.Note($"{w[1]} went to look: {w[0]} is not off");
        }),
        Asked("fence", OperatorVerb.Fence),
        Asked("maintenance", OperatorVerb.MaintenanceOn),
        Asked("resume", OperatorVerb.MaintenanceOff),
        Asked("power-on", OperatorVerb.PowerOn),
        Asked("test-ipmi", OperatorVerb.TestIpmi),
        Asked("accept-devices", OperatorVerb.AcceptDevices),
        Asked("probe", OperatorVerb.Probe),
        Asked("change-address", OperatorVerb.IdentityChanged),
        new("delete {hv} by {who} because {text}", (s, w) => s.Delete(w.Hv(0), w[1], w[2])),
        new("cancel {incident} by {who} because {text}", (s, w) => s.Ask(new HypervisorId(w[0][..Math.Max(1, w[0].LastIndexOf('-'))]), OperatorVerb.CancelIncident, w[1], w[2], w[0])),
        new("retry {vm} by {who} because {text}", (s, w) => s.Retry(s.Names.Instances[w[0]], w[1], w[2])),
        new("retry {vm} cannot start on {hv} by {who} because {text}", (s, w) => s.Retry(s.Names.Instances[w[0]], w[2], w[3], w.Hv(1))),
        new("explain {hv}", (s, w) => s.Explain(w.Hv(0))),
        new("explain instance {vm}", (s, w) => s.Explain(s.Names.Instances[w[0]])),
        new("new bmc password of {ipmi} entered", (s, w) =>
        {
            var password = new Secret("the-new-password");
            s.World.SetBmcPassword(w.Hv(0), password);
            s.Change($"hypervisor {w[0]} changed: ipmi.password changed", r => WithIpmi(r, w.Hv(0), ipmi => ipmi with { Password = password }));
        }),
        new("register bmc of {ipmi} at {address}", (s, w) =>
        {
            s.Ask(w.Hv(0), OperatorVerb.IdentityChanged, "anna", "bmc address changed");
            s.Change($"hypervisor {w[0]} changed: ipmi.host changed", r => WithIpmi(r, w.Hv(0), ipmi => ipmi with { Host = w[1] }));
        }),
        new("disarm by {who} because {text}", (s, w) => s.Arm(false, w[0], w[1])),
        new("arm by {who} because {text}", (s, w) => s.Arm(true, w[0], w[1])),
        new("attempts {vm} {attempts}", (s, w) => ChangeInstance(s, w[0], $"maxRestartAttempts of {w[0]} set to {w[1]}", row => row with { MaxRestartAttempts = w.Number(1) })),
        new("opt-out {vm}", (s, w) => OptIn(s, w[0], false)),
        new("opt-in {vm}", (s, w) => OptIn(s, w[0], true)),
        new("location ha {on}", (s, w) => Location(s, $"HA of dc1 switched {w[0]}", l => l with { HaEnabled = w[0] == "on" })),
        new("location evacuation {on}", (s, w) => Location(s, $"evacuation of dc1 switched {w[0]}", l => l with { EvacuationEnabled = w[0] == "on" })),
        new("location observe {on}", (s, w) => Location(s, $"observe-only of dc1 switched {w[0]}", l => l with { ObserveOnly = w[0] == "on" })),
        new("location power-on {on}", (s, w) => Location(s, $"power-on after an evacuation of dc1 switched {w[0]}", l => l with { PowerOnAfterEvacuation = w[0] == "on" })),
    ];

    private static Verb Asked(string name, OperatorVerb verb) => new($"{name} {{hv}} by {{who}} because {{text}}", (s, w) => s.Ask(w.Hv(0), verb, w[1], w[2]));

    private static void Location(SimulatedSite site, string what, Func<Location, Location> change) =>
        site.ChangeAll(what, r => r with { Locations = r.Locations.SetItem(FleetPlan.Dc1, change(r.Locations[FleetPlan.Dc1])) });

    private static InventorySnapshot WithIpmi(InventorySnapshot rows, HypervisorId id, Func<IpmiDevice, IpmiDevice> change)
    {
        var row = Row(rows, id);
        return rows with { Hypervisors = rows.Hypervisors.SetItem(id, row with { Ipmi = change(row.Ipmi!) }) };
    }

    internal static Hypervisor Row(InventorySnapshot rows, HypervisorId id) =>
        rows.Hypervisors.TryGetValue(id, out var row) ? row : throw new InvalidOperationException($"{id} is not in the inventory any more");

    private static void OptIn(SimulatedSite site, string name, bool ha) => ChangeInstance(site, name, $"HA of {name} switched {(ha ? "on" : "off")}", row => row with { HaEnabled = ha });

    private static void ChangeInstance(SimulatedSite site, string name, string what, Func<Instance, Instance> change)
    {
        var id = site.Names.Instances[name];
        site.Touch(name);
        site.Change(what, r => r.Instances.TryGetValue(id, out var row) ? r with { Instances = r.Instances.SetItem(id, change(row)) } : r);
    }
}
