using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <content>Masters and their database.</content>
public static partial class Verbs
{
    private static IEnumerable<Verb> Masters() =>
    [
        new("kill master", (s, _) => s.KillMaster()),
        new("start master", (s, _) => s.BootMaster()),
        new("restart master", (s, _) => s.RestartMaster(TimeSpan.FromSeconds(5))),
        new("restart master after {time}", (s, w) => s.RestartMaster(w.Time(0))),
        new("pause master {time} at next {event}", (s, w) => s.PauseMasterAtNext(w[1], w.Time(0))),
        new("kill master at next {event} start it {time} later", (s, w) => s.KillMasterAtNext(w[0], w.Time(1))),
        new("kill master at next {event} within {time} start it {time} later", (s, w) => s.KillMasterAtNext(w[0], w.Time(2), w.Time(1))),
        new("pause master {time}", (s, w) => s.PauseMaster(w.Time(0))),
        new("isolate master", (s, _) => s.World.IsolateMaster(SimulatedMaster.Name)),
        new("rejoin master", (s, _) => s.World.RejoinMaster(SimulatedMaster.Name)),
        new("journal away {time}", (s, w) => s.DatabaseAway(w.Time(0))),
        new("journal answers {time} late", (s, w) => s.Database.Latency = w.Time(0)),
        new("journal loses its answers", (s, _) => s.Database.LosesWriteAnswers = true),
        new("back up the database", (s, _) => s.Backup()),
        new("restore the database", (s, _) => s.Restore()),
        new("journal ok", (s, _) => s.DatabaseOk()),
    ];
}
