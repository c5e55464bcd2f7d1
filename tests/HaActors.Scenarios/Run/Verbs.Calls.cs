using HaActors.Domain.Notifications;
using HaActors.Scenarios.Language;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run;

/// <content>Webhooks and their receivers.</content>
public static partial class Verbs
{
    private static IEnumerable<Verb> Calls() =>
    [
        Receiver("back", ReceiverMode.Ok),
        Receiver("away", ReceiverMode.Away),
        Receiver("hangs", ReceiverMode.Hangs),
        Receiver("loses its answers", ReceiverMode.LosesAnswers),
        new("webhook receiver {wh} answers {status}", (s, w) => s.World.Receivers.Set(new WebhookId(w[0]), ReceiverMode.Ok, w.Number(1))),
        new("webhook {wh} off", (s, w) => s.ChangeWebhook(w[0], "disabled", h => h with { Enabled = false })),
        new("webhook {wh} on", (s, w) => s.ChangeWebhook(w[0], "enabled", h => h with { Enabled = true })),
        new("webhook {wh} types {type}", (s, w) => s.ChangeWebhook(w[0], $"is for {w[1]}", h => h with { Types = [w[1]] })),
        new("kill master at next webhook call start it {time} later", (s, w) => s.KillMasterAtNextCall(w.Time(0))),
    ];

    private static Verb Receiver(string does, ReceiverMode mode) => new($"webhook receiver {{wh}} {does}", (s, w) => s.World.Receivers.Set(new WebhookId(w[0]), mode));
}
