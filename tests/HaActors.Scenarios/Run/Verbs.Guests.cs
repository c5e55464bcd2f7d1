using HaActors.Domain;
using HaActors.Scenarios.Language;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run;

/// <content>Instances, and answers of agents that get lost.</content>
public static partial class Verbs
{
    private static IEnumerable<Verb> Guests() =>
    [
        new("shut down {vm}", (s, w) =>
        {
            s.Touch(w[0]);
            s.World.ShutDownInstance(s.Names.Instances[w[0]]);
        }),
        new("shut down {vm} on {hv}", (s, w) =>
        {
            s.Touch(w[0]);
            s.World.ShutDownInstance(s.Names.Instances[w[0]], w.Hv(1));
        }),
        new("pause {vm}", (s, w) => s.World.PauseInstance(s.Names.Instances[w[0]])),
        new("user starts {vm} on {hv}", (s, w) =>
        {
            s.Touch(w[0]);
            if (s.World.StartInstanceByUser(w.Hv(1), s.Names.Instances[w[0]]) is { } refused) s.Note($"libvirt: no: {refused}");
        }),
        new("user defines {vm} on {hv}", (s, w) => Define(s, w[0], w.Hv(1))),
        new("unpause {vm}", (s, w) => s.World.UnpauseInstance(s.Names.Instances[w[0]])),
        // The second is nothing if it runs nowhere, or there.
        new("migrate {vm} to {hv}", (s, w) => s.World.MigrateInstanceByOperator(s.Names.Instances[w[0]], w.Hv(1))),
        new("migrate {vm} from {hv} to {hv}", (s, w) => Migrate(s, w, transient: false)),
        new("migrate {vm} from {hv} to {hv} without persistent", (s, w) => Migrate(s, w, transient: true)),
    ];

    private static void Migrate(SimulatedSite s, Words w, bool transient)
    {
        if (w[1] == w[2]) throw new InvalidOperationException("it runs there already; name two hypervisors");
        s.World.MigrateInstanceByOperator(s.Names.Instances[w[0]], w.Hv(1), w.Hv(2), transient);
    }

    private static void Define(SimulatedSite s, string name, HypervisorId on)
    {
        var instance = s.Names.Instances[name];
        // Where it is known to live and does not run: its agent then tells of what ran and was shut off, which is its user's doing, and hides that it went.
        if (s.Inventory.Rows.Instances.GetValueOrDefault(instance)?.HypervisorId == on && s.World.Copies(instance).All(c => c.Hypervisor != on)) s.Touch(name);
        s.World.DefineInstanceByUser(on, instance);
    }

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
            new($"next {name} on {{hv}} takes {{time}}", (s, w) => s.World.Answers.Slow(call, w.Time(1), 1, w.Hv(0))),
            new($"lose answers of next {{times}} {name} on {{hv}}", (s, w) => Times(w.Number(0), n => s.World.Answers.LoseAnswer(call, n, w.Hv(1)))),
            new($"lose requests of next {{times}} {name} on {{hv}}", (s, w) => Times(w.Number(0), n => s.World.Answers.LoseRequest(call, n, w.Hv(1)))),
        };
    });

    private static void Times(int times, Action<int> plan)
    {
        for (var n = 1; n <= times; n++) plan(n);
    }
}
