using HaActors.Api;
using HaActors.Domain.EventLog;
using HaActors.Domain.Hypervisors;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>The log, page by page and as it grows; incidents told from it.</summary>
public sealed class EventApiTests
{
    private const string Vm = "11111111-2222-3333-4444-555555555555";

    [Fact]
    public async Task Pages_go_on_after_next_until_nothing_is_left()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.AppendAsync([.. Enumerable.Range(0, 5).Select(i => MasterUnderTest.Entry(LogTypes.HypervisorUp, $"hv{i}", minute: i))]);
        var seen = new List<string?>();
        long? after = null;
        while ((await master.Client.EventsAsync(new(After: after, Limit: 2))) is { Next: { } next } page)
        {
            seen.AddRange(page.Items.Select(e => e.HypervisorId));
            after = next;
        }

        Assert.Equal(["hv0", "hv1", "hv2", "hv3", "hv4"], seen);
        Assert.Equal((0, null), ((await master.Client.EventsAsync(new(After: after))).Items.Count, (await master.Client.EventsAsync(new(After: after))).Next));
    }

    [Fact]
    public async Task Filters_hold_together()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await TellAFailureAsync(master);
        Task<EventPage> Read(EventFilter filter) => master.Client.EventsAsync(filter);

        Assert.Equal(["hypervisor_down", "hypervisor_fenced"], (await Read(new(Types: ["hypervisor_down", "hypervisor_fenced"]))).Items.Select(e => e.Type));
        Assert.Equal(["instance_evacuated"], (await Read(new(Instance: Vm))).Items.Select(e => e.Type));
        Assert.Equal(4, (await Read(new(Incident: "hv1-1"))).Items.Count);
        Assert.Empty((await Read(new(Hypervisor: "hv2", Incident: "hv1-1"))).Items);
        Assert.Empty((await Read(new(Location: "dc2"))).Items);
        Assert.Equal(["hypervisor_fenced"], (await Read(new(Since: FakeFleet.T0.AddMinutes(1), Until: FakeFleet.T0.AddMinutes(2)))).Items.Select(e => e.Type));
        Assert.Equal(2, (await master.SendAsync("GET", "/api/v1/events?type=hypervisor_down,hypervisor_fenced")).Body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_stream_tells_what_comes_and_resumes_after_the_last_id()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await TellAFailureAsync(master);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var all = (await master.Client.EventsAsync()).Items;

        var resumed = new List<EventInfo>();
        await foreach (var e in master.Client.StreamEventsAsync(new(After: all[1].Id), stop.Token))
        {
            resumed.Add(e);
            if (resumed.Count == 2)
                await master.AppendAsync(MasterUnderTest.Entry(LogTypes.HypervisorUp, "hv1"));
            if (resumed.Count == 3)
                break;
        }

        Assert.Equal(["instance_evacuated", "evacuation_completed", "hypervisor_up"], resumed.Select(e => e.Type));
    }

    [Fact]
    public async Task A_stream_speaks_server_sent_events_and_heeds_Last_Event_ID()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await TellAFailureAsync(master);
        var last = (await master.Client.EventsAsync()).Items[2].Id;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events/stream");
        request.Headers.Add("Last-Event-ID", last.ToString());
        using var response = await master.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = new List<string>();
        while (await reader.ReadLineAsync() is { } line && !(line.Length == 0 && lines.Count > 2))
            if (line.Length > 0) lines.Add(line);
        Assert.StartsWith(":", lines[0], StringComparison.Ordinal);
        Assert.Equal([$"id: {last + 1}", "event: evacuation_completed"], lines[1..3]);
        Assert.StartsWith("data: {", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_when_the_master_stops()
    {
        await using var master = await MasterUnderTest.StartAsync();
        using var response = await master.Http.GetAsync("/api/v1/events/stream", HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsStreamAsync();
        Assert.NotEqual(0, await body.ReadAsync(new byte[64]));

        await master.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, await body.ReadAsync(new byte[64]).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task An_incident_is_a_time_line_with_each_instances_end()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await TellAFailureAsync(master);
        var listed = Assert.Single(await master.Client.IncidentsAsync());
        Assert.Equal(("hv1-1", "hv1", false, 1), (listed.Id, listed.HypervisorId, listed.Open, listed.Evacuated));

        var detail = await master.Client.IncidentAsync("hv1-1");
        Assert.Equal(4, detail.Events.Count);
        Assert.Equal((60, 120, 180), (detail.Phases.DownToFencedSeconds, detail.Phases.FencedToCompletedSeconds, detail.Phases.TotalSeconds));
        var instance = Assert.Single(detail.Instances);
        Assert.Equal((Vm, "evacuated", "hv2"), (instance.InstanceId, instance.End, instance.Destination));
    }

    [Fact]
    public async Task The_status_tells_states_sweep_and_open_incidents()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1", "hv2", "hv3");
        master.Fleet.Show("hv1", HypervisorPhase.Down, new("hv1-1"));
        master.Fleet.Show("hv2", HypervisorPhase.Healthy);
        await master.Client.DisarmAsync("network works");
        var status = await master.Client.StatusAsync();
        Assert.Equal(("disarmed", "ann", "network works"), (status.Armed, status.ArmedBy, status.ArmedReason));
        Assert.Equal(["hv1-1"], status.OpenIncidents);
        Assert.Equal((1, 1, 1), (status.HypervisorsByState["Down"], status.HypervisorsByState["Healthy"], status.HypervisorsByState["Unknown"]));
        Assert.Equal((2, 1), (status.LastSweep?.Probed, status.LastSweep?.Missed));
    }

    [Fact]
    public void Every_event_that_the_product_writes_may_be_asked_for() =>
        Assert.Empty(typeof(LogTypes).GetFields().Select(f => (string)f.GetRawConstantValue()!).Except(EventTypes.All));

    private static Task TellAFailureAsync(MasterUnderTest master) => master.AppendAsync(
        MasterUnderTest.Entry(LogTypes.HypervisorDown, "hv1", "hv1-1"),
        MasterUnderTest.Entry(LogTypes.HypervisorFenced, "hv1", "hv1-1", minute: 1, data: ("proof", "powered_off")),
        MasterUnderTest.Entry(LogTypes.InstanceEvacuated, "hv1", "hv1-1", Vm, 2, ("destination", "hv2")),
        MasterUnderTest.Entry(LogTypes.EvacuationCompleted, "hv1", "hv1-1", minute: 3));
}
