using HaActors.Agent.Instances;
using HaActors.Agent.Libvirt;

namespace HaActors.Agent;

/// <summary>Looks at libvirt also while no master asks: why a guest ended is only seen while libvirt remembers it. Says when libvirt goes and comes.</summary>
internal sealed class Watchman(InstanceWatch watch, AgentOptions options, TimeProvider time, ILogger<Watchman> log) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Token is null) log.LogWarning("HaAgent:Token is not set: only /health is served");
        using var timer = new PeriodicTimer(Pace, time);
        bool? answered = null;
        do
        {
            var reason = await LookAsync().ConfigureAwait(false);
            if (answered != (reason is null))
            {
                answered = reason is null;
                if (reason is null) log.LogInformation("libvirt at {Uri} answers", options.LibvirtUri);
                else log.LogWarning("unhealthy: {Reason}", reason);
            }
        }
        while (await NextAsync(timer, stoppingToken).ConfigureAwait(false));
    }

    private async Task<string?> LookAsync()
    {
        try
        {
            await watch.LookAsync(TimeSpan.FromSeconds(1), Pace).ConfigureAwait(false);
            return null;
        }
#pragma warning disable CA1031 // an exception that escapes would end the agent, and a host without an agent is taken for dead
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (failure is not (LibvirtDownException or LibvirtException)) log.LogError(failure, "the look at libvirt failed");
            return failure.Message;
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
