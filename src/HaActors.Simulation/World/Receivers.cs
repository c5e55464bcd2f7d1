using System.Globalization;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;

namespace HaActors.Simulation.World;

/// <summary>What a receiver does with a call.</summary>
public enum ReceiverMode
{
    Ok,

    /// <summary>Nothing listens there: refused at once.</summary>
    Away,

    /// <summary>Takes the connection and never answers.</summary>
    Hangs,

    /// <summary>Takes the call, and its answer is lost.</summary>
    LosesAnswers,
}

/// <summary>One call as a receiver saw it.</summary>
public sealed record HeardCall(TimeSpan At, WebhookId Webhook, long EventId, string Type);

/// <summary>The receivers of webhooks, out in the world: what they were told is an act of the world.</summary>
public sealed class Receivers(SimulatedWorld world)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private readonly SortedDictionary<WebhookId, (ReceiverMode Mode, int Status)> _modes = [];
    private readonly List<HeardCall> _heard = [];

    /// <summary>Called when a call has arrived, before it is answered.</summary>
    public Action<HeardCall>? Arrived { get; set; }

    /// <summary>Every call that arrived, in order.</summary>
    public IReadOnlyList<HeardCall> Heard => _heard;

    public void Set(WebhookId webhook, ReceiverMode mode, int status = 204) => world.Do(() =>
    {
        _modes[webhook] = (mode, status);
        world.Tell($"receiver of {webhook} {(mode, status) switch
        {
            (ReceiverMode.Away, _) => "is away",
            (ReceiverMode.Hangs, _) => "hangs",
            (ReceiverMode.LosesAnswers, _) => "loses its answers",
            (_, >= 300) => $"answers {status.ToString(CultureInfo.InvariantCulture)}",
            _ => "takes calls",
        }}");
    });

    internal async Task<CallAnswer> CallAsync(string master, Webhook webhook, LoggedEvent line)
    {
        await Task.Delay(world.Draw(world.Timings.Network), world.Time, CancellationToken.None).ConfigureAwait(false);
        var (mode, status) = _modes.GetValueOrDefault(webhook.Id, (ReceiverMode.Ok, 204));
        if (mode == ReceiverMode.Away) return new CallAnswer(CallOutcome.Failed, null, "connection refused");
        if (mode != ReceiverMode.Hangs)
        {
            var call = new HeardCall(world.Now, webhook.Id, line.Id, line.Entry.Type);
            world.Do(() =>
            {
                _heard.Add(call);
                world.Tell(string.Create(CultureInfo.InvariantCulture,
                    $"{master} calls {webhook.Id}: event {line.Id} {line.Entry.Type}{(line.Entry.Hypervisor is { } hv ? $" {hv}" : "")}{(line.Entry.Instance is { } vm ? $" {vm}" : "")} → {(mode == ReceiverMode.LosesAnswers ? "answer lost" : status)}"));
            });
            Arrived?.Invoke(call);
        }

        if (mode is ReceiverMode.Hangs or ReceiverMode.LosesAnswers)
        {
            await Task.Delay(Deadline, world.Time, CancellationToken.None).ConfigureAwait(false);
            return new CallAnswer(CallOutcome.Failed, null, $"no answer within {Deadline.TotalSeconds:0} s");
        }

        await Task.Delay(world.Draw(world.Timings.Network), world.Time, CancellationToken.None).ConfigureAwait(false);
        return new CallAnswer(
            status switch
            {
                < 300 => CallOutcome.Taken,
                400 or 413 or 415 or 422 => CallOutcome.Refused,
                _ => CallOutcome.Failed,
            },
            status, string.Create(CultureInfo.InvariantCulture, $"answered {status}"));
    }
}
