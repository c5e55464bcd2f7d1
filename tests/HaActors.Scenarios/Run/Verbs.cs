using System.Collections.Immutable;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Scenarios.Language;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run;

/// <summary>Every phrase that may stand after <c>at TIME</c>.</summary>
public static class Verbs
{
    public static ImmutableArray<Verb> All { get; } = [.. Hosts(), .. Bmcs(), .. Guests(), .. Answers(), .. Masters(), .. Operators()];

    private static IEnumerable<Verb> Hosts() =>
    [
        new("cut {hv}", (s, w) => s.World.CutCable(w.Hv(0))),
        new("plug {hv}", (s, w) => s.World.PlugCable(w.Hv(0))),
        new("filter ping {hv}", (s, w) => s.World.FilterIcmp(w.Hv(0))),
        new("unfilter ping {hv}", (s, w) => s.World.FilterIcmp(w.Hv(0), false)),
        new("hang {hv}", (s, w) => s.World.Hang(w.Hv(0))),
        new("hang {hv} silently", (s, w) => s.World.Hang(w.Hv(0), answersPing: false)),
        new("unhang {hv}", (s, w) => s.World.Unhang(w.Hv(0))),
        new("kill agent {hv}", (s, w) => s.World.KillAgent(w.Hv(0))),
        new("start agent {hv}", (s, w) => s.World.StartAgent(w.Hv(0))),
        new("kill libvirtd {hv}", (s, w) => s.World.KillLibvirtd(w.Hv(0))),
        new("start libvirtd {hv}", (s, w) => s.World.StartLibvirtd(w.Hv(0))),
        new("wipe agent state {hv}", (s, w) => s.World.WipeAgentState(w.Hv(0))),
        new("remove hook {hv}", (s, w) => s.World.RemoveHook(w.Hv(0))),
        new("fill memory {hv} leave {size}", (s, w) => s.World.FillMemory(w.Hv(0), w.Size(1))),
        new("free memory {hv}", (s, w) => s.World.FreeMemory(w.Hv(0))),
        new("datastore {ds} away from {hv}", (s, w) => s.World.CutDatastore(w.Hv(1), s.Names.Datastores[w[0]])),
        new("datastore {ds} back at {hv}", (s, w) => s.World.HealDatastore(w.Hv(1), s.Names.Datastores[w[0]])),
        new("power off {hv}", (s, w) => s.World.PowerLoss(w.Hv(0))),
        new("power on {hv}", (s, w) => s.World.PowerOn(w.Hv(0))),
        new("reboot {hv}", (s, w) => s.World.Reboot(w.Hv(0))),
    ];

    private static IEnumerable<Verb> Bmcs() =>
    [
        Bmc("ok", BmcMode.Ok),
        Bmc("lies", BmcMode.Lie),
        Bmc("always reads off", BmcMode.LieStatus),
        Bmc("refuses status", BmcMode.FailGet),
        Bmc("refuses commands", BmcMode.FailSet),
        Bmc("dies at the next command", BmcMode.DieMidSession),
        Bmc("loses its answers", BmcMode.DieSet),
        Bmc("hangs", BmcMode.Hang),
        Bmc("has another password", BmcMode.WrongPassword),
        new("bmc {hv} answers {time} late", (s, w) => s.World.SetBmcMode(w.Hv(0), BmcMode.Late, w.Time(1))),
        new("bmc {hv} off the network", (s, w) => s.World.BmcOffNetwork(w.Hv(0))),
        new("bmc {hv} on the network", (s, w) => s.World.BmcOnNetwork(w.Hv(0))),
        new("bmc {hv} dies with its host", (s, w) => s.World.SetBmcDiesWithHost(w.Hv(0))),
        new("swap bmcs {hv} {hv}", (s, w) => s.World.SwapBmcs(w.Hv(0), w.Hv(1))),
    ];

    private static IEnumerable<Verb> Guests() =>
    [
        new("shut down {vm}", (s, w) => s.World.ShutDownInstance(s.Names.Instances[w[0]])),
        new("pause {vm}", (s, w) => s.World.PauseInstance(s.Names.Instances[w[0]])),
        new("user starts {vm} on {hv}", (s, w) =>
        {
            if (s.World.StartInstanceByUser(w.Hv(1), s.Names.Instances[w[0]]) is { } refused) s.Note($"libvirt: no: {refused}");
        }),
        new("migrate {vm} from {hv} to {hv}", (s, w) => s.World.MigrateInstanceByOperator(s.Names.Instances[w[0]], w.Hv(1), w.Hv(2))),
    ];

    private static IEnumerable<Verb> Answers() => Enum.GetValues<AgentCall>().SelectMany(call =>
    {
        var name = call.ToString().ToLowerInvariant();
        return new Verb[]
        {
            new($"lose answer of next {name}", (s, _) => s.World.Answers.LoseAnswer(call)),
            new($"lose answer of next {name} on {{hv}}", (s, w) => s.World.Answers.LoseAnswer(call, 1, w.Hv(0))),
            new($"lose request of next {name}", (s, _) => s.World.Answers.LoseRequest(call)),
            new($"lose request of next {name} on {{hv}}", (s, w) => s.World.Answers.LoseRequest(call, 1, w.Hv(0))),
            new($"next {name} takes {{time}}", (s, w) => s.World.Answers.Slow(call, w.Time(0))),
        };
    });

    private static IEnumerable<Verb> Masters() =>
    [
        new("kill master", (s, _) => s.KillMaster()),
        new("start master", (s, _) => s.BootMaster()),
        new("restart master", (s, _) => s.RestartMaster(TimeSpan.FromSeconds(5))),
        new("restart master after {time}", (s, w) => s.RestartMaster(w.Time(0))),
        new("kill master at next {word} start it {time} later", (s, w) => s.KillMasterAtNext(w[0], w.Time(1))),
        new("pause master {time}", (s, w) => s.PauseMaster(w.Time(0))),
        new("isolate master", (s, _) => s.World.IsolateMaster(SimulatedMaster.Name)),
        new("rejoin master", (s, _) => s.World.RejoinMaster(SimulatedMaster.Name)),
        new("journal away {time}", (s, w) => s.DatabaseAway(w.Time(0))),
        new("journal answers {time} late", (s, w) => s.Database.Latency = w.Time(0)),
        new("journal loses its answers", (s, _) => s.Database.LosesWriteAnswers = true),
        new("journal ok", (s, _) => (s.Database.Latency, s.Database.LosesWriteAnswers) = (TimeSpan.Zero, false)),
    ];

    private static IEnumerable<Verb> Operators() =>
    [
        new("confirm-fenced {hv} by {word} because {text}", (s, w) => s.Ask(w.Hv(0), OperatorVerb.ConfirmFenced, w[1], w[2], w[0])),
        Asked("fence", OperatorVerb.Fence),
        Asked("maintenance", OperatorVerb.MaintenanceOn),
        Asked("resume", OperatorVerb.MaintenanceOff),
        Asked("power-on", OperatorVerb.PowerOn),
        Asked("test-ipmi", OperatorVerb.TestIpmi),
        Asked("probe", OperatorVerb.Probe),
        new("disarm by {word} because {text}", (s, w) => s.Arm(false, w[0], w[1])),
        new("arm by {word} because {text}", (s, w) => s.Arm(true, w[0], w[1])),
        new("opt-out {vm}", (s, w) => OptIn(s, w[0], false)),
        new("opt-in {vm}", (s, w) => OptIn(s, w[0], true)),
        new("location ha {word}", (s, w) => s.Change($"HA of dc1 switched {w[0]}", r => r with { Locations = r.Locations.SetItem(new LocationId("dc1"), r.Locations[new LocationId("dc1")] with { HaEnabled = w[0] == "on" }) })),
        new("location evacuation {word}", (s, w) => s.Change($"evacuation of dc1 switched {w[0]}", r => r with { Locations = r.Locations.SetItem(new LocationId("dc1"), r.Locations[new LocationId("dc1")] with { EvacuationEnabled = w[0] == "on" }) })),
    ];

    private static Verb Bmc(string does, BmcMode mode) => new($"bmc {{hv}} {does}", (s, w) => s.World.SetBmcMode(w.Hv(0), mode));

    private static Verb Asked(string name, OperatorVerb verb) => new($"{name} {{hv}} by {{word}} because {{text}}", (s, w) => s.Ask(w.Hv(0), verb, w[1], w[2]));

    private static void OptIn(SimulatedSite site, string name, bool ha)
    {
        var id = site.Names.Instances[name];
        site.Change($"HA of {name} switched {(ha ? "on" : "off")}", r => r.Instances.TryGetValue(id, out var row) ? r with { Instances = r.Instances.SetItem(id, row with { HaEnabled = ha }) } : r);
    }
}
