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
        new("bmc {hv} answers {time} late", (s, w) => s.World.SetBmcMode(w.Hv(0), BmcMode.Late, w.Time(1))),
        new("bmc {hv} reads off once", (s, w) => s.World.BmcReadsOffOnce(w.Hv(0))),
        new("bmc {hv} off the network", (s, w) => s.World.BmcOffNetwork(w.Hv(0))),
        new("bmc {hv} on the network", (s, w) => s.World.BmcOnNetwork(w.Hv(0))),
        new("bmc {hv} dies with its host", (s, w) => s.World.SetBmcDiesWithHost(w.Hv(0))),
        new("replace bmc {hv}", (s, w) => s.World.ReplaceBmc(w.Hv(0))),
        new("bmc {hv} tells the identity of {hv}", (s, w) => s.World.CopyBmcIdentity(w.Hv(0), w.Hv(1))),
        new("strip {word} off the network", (s, w) => s.World.StripOnNetwork(w[0], false)),
        new("strip {word} on the network", (s, w) => s.World.StripOnNetwork(w[0], true)),
        Outlet("ok", BmcMode.Ok),
        Outlet("lies", BmcMode.Lie),
        Outlet("always reads off", BmcMode.LieStatus),
        Outlet("refuses commands", BmcMode.FailSet),
        Outlet("hangs", BmcMode.Hang),
        new("swap bmcs {hv} {hv}", (s, w) => s.World.SwapBmcs(w.Hv(0), w.Hv(1))),
    ];

    private static Verb Bmc(string does, BmcMode mode) => new($"bmc {{hv}} {does}", (s, w) => s.World.SetBmcMode(w.Hv(0), mode));

    private static Verb Outlet(string does, BmcMode mode) => new($"outlet of {{hv}} at {{word}} {does}", (s, w) => s.World.SetOutletMode(w.Hv(0), mode, w[1]));
}
