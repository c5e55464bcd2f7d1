using System.Runtime.InteropServices;
using HaActors.Api;
using HaActors.Simulation.Live;
using Spectre.Console;

namespace HaActors.Demo;

/// <summary>The first minute with HaActors, from start to exit code.</summary>
internal static class DemoCommand
{
    internal const int Missing = 1;
    internal const int WrongOption = 2;
    private static readonly TimeSpan SetUpLimit = TimeSpan.FromMinutes(2);

    internal static async Task<int> RunAsync(string[] args, IAnsiConsole console, TextWriter errors)
    {
        try
        {
            var options = DemoOptions.Parse(args);
            var story = new Story(console);
            if (!options.Help) return await PlayAsync(options, story).ConfigureAwait(false);
            story.Plain(DemoOptions.HelpText);
            return 0;
        }
        catch (OptionException wrong)
        {
            await errors.WriteLineAsync("demo: " + wrong.Message).ConfigureAwait(false);
            return WrongOption;
        }
    }

    private static async Task<int> PlayAsync(DemoOptions options, Story story)
    {
        using var end = new CancellationTokenSource();
        using var signals = new Signals(end);
        story.Tell(Voice.Demo, "starting a world of 5 hypervisors with 20 instances, and a real master");
        var fleet = await LiveFleet.StartAsync(new LiveFleetOptions { ProbeTimeout = options.ProbeTimeout }).ConfigureAwait(false);
        await using (fleet.ConfigureAwait(false))
        {
            var master = await DemoMaster.StartAsync(options, fleet.UsePorts, end.Token).ConfigureAwait(false);
            await using (master.ConfigureAwait(false))
            {
                // Once more: the last one to listen is told first, and the master's actor system listens too.
                using var first = new Signals(end);
                return await PlayAsync(options, story, fleet, master, end).ConfigureAwait(false);
            }
        }
    }

    private static async Task<int> PlayAsync(DemoOptions options, Story story, LiveFleet fleet, DemoMaster master, CancellationTokenSource end)
    {
        Introduce(story, fleet, master, options);
        story.CallInstances(fleet.Instances().ToDictionary(i => i.Id, i => i.Name));
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = master.Url };
        var client = new HaActorsClient(http, master.Token, Watch.Who);
        var watch = new Watch(client, story);
        var stage = new Stage(fleet, story);
        var followers = new List<Task> { watch.FollowLogAsync(end.Token), watch.FollowStatesAsync(end.Token) };
        try
        {
            if (!await SetUpAsync(client, fleet, story, end.Token).ConfigureAwait(false)) return Missing;
            story.Begin();
            story.Tell(Voice.Demo, "everything runs and is watched");
            stage.TellActs();
            watch.IncidentEnded += id => followers.Add(TellIncidentAsync(client, fleet, story, stage, id, end.Token));
            followers.Add(stage.FollowPlanAsync(options.Plan, end.Token));
            var last = options.Duration is { } duration ? Task.Delay(duration, end.Token) : Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
            var settled = options.Once ? stage.UntilSettledAsync(end.Token) : Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
            await Task.WhenAny(last, settled, stage.FollowKeysAsync(end.Token)).ConfigureAwait(false);
            return await JudgeAsync(client, fleet, story).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(followers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Introduce(Story story, LiveFleet fleet, DemoMaster master, DemoOptions options)
    {
        story.Plain();
        story.Plain($"  HTTP API   {master.Url}api/v1/status   (try /hypervisors, /instances, /events, /incidents beside it)");
        story.Plain($"  token      {master.Token}   for 'Authorization: Bearer …'");
        story.Plain($"  data       {master.Folder}   SQLite file and keys, deleted at the end");
        foreach (var hypervisor in fleet.Hypervisors) story.Plain($"  agent      {hypervisor.AgentUrl}   {hypervisor.Id}, simulated");
        story.Plain(FormattableString.Invariant($"  pace       a sweep every {options.Tick.TotalSeconds:0.#} s, a probe waits {options.ProbeTimeout.TotalSeconds:0.#} s, 3 misses in a row are a failure (a real fleet: 30 s and 5 s)"));
        story.Plain("  keys       1 to 5 kill or revive hv1 to hv5, q or Ctrl-C ends");
        story.Plain("  voices     world: what really happens   sees: what the master's probes find   log: the master's event log");
        story.Plain();
    }

    private static async Task<bool> SetUpAsync(HaActorsClient client, LiveFleet fleet, Story story, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(SetUpLimit);
        try
        {
            await Registration.RegisterAsync(client, fleet, story, limit.Token).ConfigureAwait(false);
            await Registration.OptInAsync(client, fleet, story, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            story.Tell(Voice.Demo, $"not every hypervisor was Healthy, with its instances known and its datastore proved, within {SetUpLimit.TotalSeconds:0} s; --verbose shows the master's log");
        }
        catch (OperationCanceledException)
        {
            story.Tell(Voice.Demo, "ended before the fleet was watched");
        }
        catch (HaActorsException failure)
        {
            story.Tell(Voice.Demo, $"the master refused: {failure.Message}");
        }

        return false;
    }

    private static async Task TellIncidentAsync(HaActorsClient client, LiveFleet fleet, Story story, Stage stage, string incident, CancellationToken stopping)
    {
        try
        {
            var detail = await client.IncidentAsync(incident, stopping).ConfigureAwait(false);
            var (instances, phases) = Report.Of(detail, stage.DiedAt(detail.Incident.HypervisorId), fleet.Instances());
            story.Show(instances);
            story.Show(phases);
            var running = fleet.Instances().Count(i => i.RunsOn.Count == 1);
            story.Tell(Voice.Demo, $"{running} of {fleet.Instances().Count} instances run");
            stage.Settle(detail.Incident.HypervisorId);
        }
        catch (HaActorsException failure)
        {
            story.Tell(Voice.Demo, failure.Message);
        }
    }

    /// <summary>By the world's truth, not by what a master believes.</summary>
    private static async Task<int> JudgeAsync(HaActorsClient client, LiveFleet fleet, Story story)
    {
        var instances = fleet.Instances();
        var wrong = instances.Where(i => i.RunsOn.Count != 1).ToList();
        foreach (var violation in fleet.Violations) story.Tell(Voice.Demo, $"broken promise: {violation}");
        if (wrong.Count == 0)
        {
            story.Tell(Voice.Demo, $"the end: {instances.Count} of {instances.Count} instances run, each exactly once");
            return fleet.Violations.Count == 0 ? 0 : Missing;
        }

        IReadOnlyList<InstanceInfo> said = [];
        try
        {
            said = await client.InstancesAsync().ConfigureAwait(false);
        }
        catch (HaActorsException failure)
        {
            story.Tell(Voice.Demo, failure.Message);
        }

        story.Show(Report.Missing(wrong, said));
        story.Tell(Voice.Demo, $"the end: {instances.Count - wrong.Count} of {instances.Count} instances run");
        return Missing;
    }

    /// <summary>Ctrl-C and SIGTERM end the demo, not the process: a table and the temporary folder are still to be seen to.</summary>
    private sealed class Signals : IDisposable
    {
        private readonly PosixSignalRegistration[] _registrations;

        internal Signals(CancellationTokenSource end) => _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(s => PosixSignalRegistration.Create(s, context =>
        {
            context.Cancel = true;
            end.Cancel();
        }))];

        public void Dispose()
        {
            foreach (var registration in _registrations) registration.Dispose();
        }
    }
}
