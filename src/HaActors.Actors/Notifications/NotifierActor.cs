using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Hosting;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Notifications;

/// <summary>
/// Calls people: one <see cref="WebhookActor"/> for each enabled webhook, so that a receiver that hangs delays no other. Remembers nothing; who there is, is read again
/// every 5 s, and a new webhook misses nothing by that, because its place in the log is set when it is registered.
/// </summary>
public sealed class NotifierActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    private readonly IWebhookStore _store;
    private readonly IWebhookSender _sender;
    private readonly HaSettings _settings;
    private readonly CancellationTokenSource _stopping = new();
    private bool _looking;
    private bool _awayTold;

    public NotifierActor(IWebhookStore store, IWebhookSender sender, HaSettings settings)
    {
        _store = store;
        _sender = sender;
        _settings = settings;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(HaPorts ports, HaSettings settings) => Made.By(() => new NotifierActor(ports.Webhooks, ports.WebhookSender, settings));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Pace, Pace);
        Self.Tell(Look.Instance);
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Look when !_looking:
                _looking = true;
                _store.EnabledAsync(_stopping.Token).PipeTo(Self, success: ids => new Found(ids), failure: e => new Away(e));
                break;
            case Found found:
                (_looking, _awayTold) = (false, false);
                foreach (var id in found.Webhooks.Order())
                {
                    if (Context.Child(id.Value).IsNobody())
                    {
                        Context.ActorOf(WebhookActor.Props(id, _store, _sender, _settings.WebhookMaxAge), id.Value);
                    }
                }

                break;
            case Away away:
                _looking = false;
                if (!_awayTold)
                {
                    _awayTold = true;
                    Context.GetLogger().Warning(away.Cause, "The webhooks can't be read; tried again every {Pace}", Pace);
                }

                break;
        }
    }

    /// <summary>One that fails by a bug is stopped, loudly, and started again at the next look: it begins from what is stored.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private sealed record Look
    {
        public static readonly Look Instance = new();
    }

    private sealed record Found(ImmutableArray<WebhookId> Webhooks);

    private sealed record Away(Exception Cause);
}
