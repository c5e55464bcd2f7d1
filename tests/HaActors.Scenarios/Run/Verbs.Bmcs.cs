using HaActors.Scenarios.Language;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run;

/// <content>Fence devices.</content>
public static partial class Verbs
{
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
        new("bmc {bmc} answers {time} late", (s, w) => s.World.SetBmcMode(w.Hv(0), BmcMode.Late, w.Time(1))),
        new("bmc {bmc} reads off once", (s, w) => s.World.BmcReadsOffOnce(w.Hv(0))),
        new("bmc {bmc} off the network", (s, w) => s.World.BmcOffNetwork(w.Hv(0))),
        new("bmc {bmc} on the network", (s, w) => s.World.BmcOnNetwork(w.Hv(0))),
        new("bmc {bmc} dies with its host", (s, w) => s.World.SetBmcDiesWithHost(w.Hv(0))),
        new("replace bmc {bmc}", (s, w) => s.World.ReplaceBmc(w.Hv(0))),
        new("bmc {bmc} tells the identity of {bmc}", (s, w) => s.World.CopyBmcIdentity(w.Hv(0), w.Hv(1))),
        new("strip {strip} off the network", (s, w) => s.World.StripOnNetwork(w[0], false)),
        new("strip {strip} on the network", (s, w) => s.World.StripOnNetwork(w[0], true)),
        Outlet("ok", BmcMode.Ok),
        Outlet("lies", BmcMode.Lie),
        Outlet("always reads off", BmcMode.LieStatus),
        Outlet("refuses commands", BmcMode.FailSet),
        Outlet("hangs", BmcMode.Hang),
        new("swap bmcs {bmc} {bmc}", (s, w) => s.World.SwapBmcs(w.Hv(0), w.Hv(1))),
    ];

    private static Verb Bmc(string does, BmcMode mode) => new($"bmc {{bmc}} {does}", (s, w) => s.World.SetBmcMode(w.Hv(0), mode));

    private static Verb Outlet(string does, BmcMode mode) => new($"outlet of {{hv}} at {{strip}} {does}", (s, w) =>
    {
        if (s.Plan.Hypervisors.Single(h => h.Id == w.Hv(0)).Devices is not { } devices || devices.All(d => d.Strip != w[1])) throw new InvalidOperationException($"{w[0]} has no outlet at {w[1]}");
        s.World.SetOutletMode(w.Hv(0), mode, w[1]);
    });
}
