using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <content>Hypervisors and their datastores.</content>
public static partial class Verbs
{
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
        new("install hook {hv}", (s, w) => s.World.InstallHook(w.Hv(0))),
        new("remove hook {hv}", (s, w) => s.World.RemoveHook(w.Hv(0))),
        new("fill memory {hv} leave {size}", (s, w) => s.World.FillMemory(w.Hv(0), w.Size(1))),
        new("free memory {hv}", (s, w) => s.World.FreeMemory(w.Hv(0))),
        new("datastore {ds} away from {hv}", (s, w) => s.World.CutDatastore(w.Hv(1), s.Names.Datastores[w[0]])),
        new("datastore {ds} back at {hv}", (s, w) => s.World.HealDatastore(w.Hv(1), s.Names.Datastores[w[0]])),
        new("power off {hv}", (s, w) => s.World.PowerLoss(w.Hv(0))),
        new("power on {hv}", (s, w) => s.World.PowerOn(w.Hv(0))),
        new("reboot {hv}", (s, w) => s.World.Reboot(w.Hv(0))),
    ];
}
