using HaActors.AgentApi;
using HaActors.Domain;

namespace HaActors.Simulation.World;

/// <summary>
/// A request that has arrived at a host: planned faults, the time that an act takes, and whether the way back is still there.
/// The same for the port and for HTTP. Null: nobody ever answers. What has arrived is done, although the asker is gone.
/// </summary>
internal sealed class AgentServer(SimulatedWorld world)
{
    private static readonly TimeSpan BusyPace = TimeSpan.FromMilliseconds(250);

    public Task<AgentReply<T>?> AskAsync<T>(string master, Host host, AgentCall call, Func<SimulatedAgent, AgentReply<T>> act) where T : class =>
        ServeAsync<T>(master, host, call, async (agent, takes) =>
        {
            var reply = world.Do(() => act(agent));
            if (takes > TimeSpan.Zero) await DelayAsync(takes).ConfigureAwait(false);
            return reply;
        });

    public Task<AgentReply<RunAnswer>?> RunAsync(string master, Host host, InstanceId id, RunRequest request) =>
        ServeAsync<RunAnswer>(master, host, AgentCall.Run, async (agent, takes) =>
        {
            world.Arrived(new RunArrival(world.Now, id, host.Id, request.Epoch));
            await WhileBusyAsync(agent, id).ConfigureAwait(false);
            var (answer, underWay) = world.Do(() => agent.BeginRun(id, request));
            if (underWay is null) return answer;
            await DelayAsync(takes > TimeSpan.Zero ? takes : world.Draw(world.Timings.Start)).ConfigureAwait(false);
            return world.Do(() => agent.FinishRun(underWay));
        });

    public Task<AgentReply<CancelAnswer>?> CancelAsync(string master, Host host, InstanceId id, long epoch) =>
        ServeAsync<CancelAnswer>(master, host, AgentCall.Cancel, async (agent, takes) =>
        {
            if (world.Do(() => agent.Refuse(id, epoch)) is { } refusal) return refusal;
            if (takes > TimeSpan.Zero) await DelayAsync(takes).ConfigureAwait(false);
            await WhileBusyAsync(agent, id).ConfigureAwait(false);
            return world.Do(() => agent.Cancel(id));
        });

    private async Task<AgentReply<T>?> ServeAsync<T>(
        string master, Host host, AgentCall call, Func<SimulatedAgent, TimeSpan, Task<AgentReply<T>?>> serve) where T : class
    {
        var (fate, takes) = world.Answers.Next(call, host.Id);
        var process = -1;
        lock (world.Gate)
        {
            if (fate == CallFate.RequestLost || world.LinkTo(master, host) != AgentLink.Open) return null;
            process = host.Process;
        }

        var reply = await serve(new SimulatedAgent(world, host), takes).ConfigureAwait(false);
        lock (world.Gate)
            return fate == CallFate.AnswerLost || process != host.Process || world.LinkTo(master, host) != AgentLink.Open ? null : reply;
    }

    /// <summary>The agent does one thing at a time with each instance.</summary>
    private async Task WhileBusyAsync(SimulatedAgent agent, InstanceId id)
    {
        while (world.Do(() => agent.IsBusy(id))) await DelayAsync(BusyPace).ConfigureAwait(false);
    }

    private Task DelayAsync(TimeSpan delay) => Task.Delay(delay, world.Time, CancellationToken.None);
}
