using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <content>What the gate looks at: witnesses, versions of agents, overrides of storms.</content>
public static partial class Verbs
{
    private static IEnumerable<Verb> Gate() =>
    [
        new("witness {witness} away", (s, w) => s.World.WitnessAway(w[0])),
        new("witness {witness} back", (s, w) => s.World.WitnessBack(w[0])),
        new("upgrade agent {hv} to {version}", (s, w) => s.World.UpgradeAgent(w.Hv(0), w[1])),
        new("upgrade agent {hv} to {version} in vain", (s, w) => s.World.UpgradeAgent(w.Hv(0), w[1], starts: false)),
        new("storm-override {location} for {time} by {who} because {text}", (s, w) => s.OverrideStorm(w[0], w.Time(1), w[2], w[3])),
        new("end storm-override {location} by {who}", (s, w) => s.OverrideStorm(w[0], null, w[1], "")),
        new("why is {hv} not fenced", (s, w) => s.AskWhyNotFenced(w.Hv(0))),
    ];
}
