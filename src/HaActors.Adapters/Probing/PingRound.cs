using HaActors.Domain.Probing;

namespace HaActors.Adapters.Probing;

/// <summary>Three echo requests, spread over the deadline; the first answer ends the round.</summary>
/// <remarks>
/// Spread, because packets are lost in bursts. One after the other, because without CAP_NET_RAW each request is a process of <c>/bin/ping</c>:
/// so a healthy host costs one process and only a silent one costs three. With ten probes at once that is 30 processes at the very most.
/// </remarks>
internal sealed class PingRound(IEcho echo, TimeProvider time)
{
    internal const int Requests = 3;

    /// <param name="hurry">When it ends, what is left of the three is sent at once: the host is known to live.</param>
    /// <param name="stop">Ends the round; what was not answered by then is lost.</param>
    internal async Task<PingReport> AskAsync(string address, TimeSpan deadline, Task hurry, CancellationToken stop)
    {
        // A quarter each: the last request still has half of the deadline for its answer.
        var pause = deadline / (Requests + 1);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sent = new List<Task<PingReport>>(Requests);
        for (var n = 0; n < Requests; n++)
        {
            if (n > 0)
            {
                await Task.WhenAny(over.Task, hurry, Task.Delay(pause, time, end.Token)).ConfigureAwait(false);
                if (over.Task.IsCompleted || stop.IsCancellationRequested) break;
            }

            sent.Add(OneAsync(address, deadline - (pause * n), over, end.Token));
        }

        await Task.WhenAny(over.Task, Task.WhenAll(sent)).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        var reports = await Task.WhenAll(sent).ConfigureAwait(false);
        return Array.Exists(reports, r => r.Finding == PingFinding.Ok) ? new(PingFinding.Ok, null) : Worst(reports);
    }

    /// <summary>Unavailable only if no request could be sent at all: one that was sent and not answered is evidence.</summary>
    private static PingReport Worst(PingReport[] reports) =>
        Array.TrueForAll(reports, r => r.Finding == PingFinding.Unavailable) ? reports[0] : Array.Find(reports, r => r.Finding == PingFinding.Lost);

    private async Task<PingReport> OneAsync(string address, TimeSpan atMost, TaskCompletionSource over, CancellationToken end)
    {
        PingReport report;
        try
        {
            report = await echo.AskAsync(address, atMost, end).WaitAsync(end).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            report = new(PingFinding.Lost, "ping lost");
        }

        // A master that can't ping now can't ping in a second either.
        if (report.Finding is PingFinding.Ok or PingFinding.Unavailable) over.TrySetResult();
        return report;
    }
}
