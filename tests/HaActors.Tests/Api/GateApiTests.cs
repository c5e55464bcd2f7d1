using HaActors.Actors.Protocol;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>Storm overrides, and what the gate says in status, explain and the hypervisor itself.</summary>
public sealed class GateApiTests
{
    [Fact]
    public async Task A_storm_override_reaches_the_gate_with_who_why_and_until_when()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Gate = new([], [new(new("dc1"), "anna", "the rack is dead", FakeFleet.T0, FakeFleet.T0.AddHours(1))], [], [], []);

        var gate = await master.Client.OverrideStormAsync("dc1", FakeFleet.T0.AddHours(1), "the rack is dead");

        Assert.Equal("dc1", Assert.Single(gate.StormOverrides).LocationId);
        Assert.True(master.Fleet.Overrides.TryDequeue(out var asked));
        Assert.Equal((FakeFleet.T0.AddHours(1), "the rack is dead"), (asked.Until, asked.Reason));

        await master.Client.EndStormOverrideAsync("dc1");
        Assert.True(master.Fleet.Overrides.TryDequeue(out var ended));
        Assert.Null(ended.Until);
    }

    [Theory]
    [InlineData("dc9", """{"until":"2026-03-01T13:00:00Z","reason":"why"}""", 404, "not-found")]
    [InlineData("dc1", """{"until":"2026-03-01T13:00:00Z"}""", 400, "reason-required")]
    [InlineData("dc1", """{"reason":"why"}""", 400, "invalid-until")]
    [InlineData("dc1", """{"until":"tomorrow","reason":"why"}""", 400, "invalid-until")]
    [InlineData("dc1", """{"until":7,"reason":"why"}""", 400, "wrong-type")]
    [InlineData("dc1", """{"until":"2026-03-01T13:00:00Z","reason":"why","for":"1h"}""", 400, "unknown-member")]
    [InlineData("dc1", "", 400, "bad-json")]
    public async Task A_wrong_override_is_refused_and_nothing_is_asked(string location, string body, int status, string code)
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");

        var (response, problem) = await master.SendAsync("POST", $"/api/v1/locations/{location}/storm-override", body);

        Assert.Equal((status, code), ((int)response.StatusCode, problem.GetProperty("code").GetString()));
        Assert.Empty(master.Fleet.Overrides);
    }

    [Fact]
    public async Task What_the_gate_refuses_is_told_in_its_words()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.OverrideAnswer = o => new(o.Location, false, "A storm override must end in the future.");

        var (response, problem) = await master.SendAsync("POST", "/api/v1/locations/dc1/storm-override", """{"until":"2020-03-01T13:00:00Z","reason":"why"}""");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("in the future", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_and_explain_show_storms_overrides_witnesses_and_the_queue()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Show("hv1", HypervisorPhase.Down, new("hv1-1"));
        master.Fleet.Gate = new(
            [new(new("dc1"), FakeFleet.T0, 3, 5, null)], [new(new("dc1"), "anna", "the rack is dead", FakeFleet.T0, FakeFleet.T0.AddHours(1))],
            [new("gw1", false, "ping lost", FakeFleet.T0)], [new(new("dc1"), 3, 3, [new("hv1")])], [new(new("dc1"), FakeFleet.T0, [new("hv1"), new("hv2")], 4)]);

        var status = await master.Client.StatusAsync();
        Assert.Equal((3, 5), (status.Gate!.Storms[0].Failing, status.Gate.Storms[0].Counted));
        Assert.Equal("ping lost", status.Gate.Witnesses[0].Detail);
        Assert.Equal(["hv1"], status.Gate.Windows[0].Queue);
        Assert.Equal(["hv1", "hv2"], status.Gate.PathsLost[0].Silent);

        var explained = string.Join('\n', (await master.Client.ExplainAsync("hv1")).Sentences);
        Assert.Contains("3 of 5 hypervisors", explained, StringComparison.Ordinal);
        Assert.Contains("anna overrode storms of dc1", explained, StringComparison.Ordinal);
        Assert.Contains("hv1 wait, oldest first", explained, StringComparison.Ordinal);
        Assert.Contains("The way to the fence devices of dc1 has been broken", explained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hypervisor_shows_the_check_that_withholds_and_when_it_can_say_yes()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Show("hv1", HypervisorPhase.Down, new("hv1-1"));
        master.Fleet.Views[new("hv1")] = master.Fleet.Views[new("hv1")] with
        {
            Withheld = new FenceWithheldView(GateChecks.DegradedGrace, "Only its agent is silent.", FakeFleet.T0.AddMinutes(10), "after its grace"),
            AgentVersion = "1.2.0",
        };

        var shown = await master.Client.HypervisorAsync("hv1");

        Assert.Equal((GateChecks.DegradedGrace, FakeFleet.T0.AddMinutes(10), "after its grace"), (shown.Withheld!.Check, shown.Withheld.NextAt, shown.Withheld.Next));
        Assert.Equal("1.2.0", shown.AgentVersion);
    }
}
