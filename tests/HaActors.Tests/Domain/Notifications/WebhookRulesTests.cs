using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using Xunit;

namespace HaActors.Tests.Domain.Notifications;

public sealed class WebhookRulesTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 2, 0, 0, TimeSpan.Zero);
    private static readonly Webhook Pager = new(new("pager"), new Uri("https://pager.example/in/token-in-the-path"), true, null, [], new Secret("sixteen characters"));

    [Fact]
    public void The_pauses_double_from_2_s_to_5_min_and_stay_there()
    {
        var pauses = Enumerable.Range(1, 12).Select(n => WebhookRules.Pause(n).TotalSeconds).ToArray();
        Assert.Equal([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300], pauses);
        Assert.Equal(300, WebhookRules.Pause(int.MaxValue).TotalSeconds);
    }

    [Fact]
    public void What_was_taken_moves_the_position_and_forgets_the_failures()
    {
        var failing = new WebhookProgress(6, Failures: 2, FailingSince: T0, Problem: "connection refused", NextTryAt: T0);
        var step = WebhookRules.Taken(failing, Pager, Line(7, LogTypes.HypervisorFenced), T0.AddMinutes(1));
        Assert.Equal(new WebhookProgress(7, 7, T0.AddMinutes(1)), step.Progress);
        Assert.Empty(step.Told);
        Assert.Equal(TimeSpan.Zero, step.Pause);
    }

    [Fact]
    public void The_third_failure_in_a_row_is_told_once_and_so_is_its_end()
    {
        var progress = new WebhookProgress(6);
        var told = new List<LogEntry>();
        for (var n = 1; n <= 10; n++)
        {
            var step = WebhookRules.Failed(progress, Pager, Line(7, LogTypes.HypervisorFenced), new(CallOutcome.Failed, 503, "answered 503"), T0.AddMinutes(n));
            Assert.Equal(WebhookRules.Pause(n), step.Pause);
            Assert.Equal(6, step.Progress.Position);
            Assert.Equal((n, T0.AddMinutes(1)), (step.Progress.Failures, step.Progress.FailingSince));
            Assert.Equal(n < 3 ? 0 : 1, told.Count + step.Told.Length);
            told.AddRange(step.Told);
            progress = step.Progress;
        }

        var failing = Assert.Single(told);
        Assert.Equal((LogTypes.WebhookFailing, "pager", "503"), (failing.Type, failing.Data["webhook"], failing.Data["status"]));
        Assert.DoesNotContain("token-in-the-path", failing.Message);

        var back = WebhookRules.Taken(progress, Pager, Line(7, LogTypes.HypervisorFenced), T0.AddMinutes(11));
        Assert.Equal(LogTypes.WebhookRecovered, Assert.Single(back.Told).Type);
        Assert.Empty(WebhookRules.Taken(back.Progress, Pager, Line(8, LogTypes.HypervisorFenced), T0.AddMinutes(12)).Told);
    }

    [Fact]
    public void What_is_refused_for_what_it_is_is_skipped_after_five_tries_and_named()
    {
        var progress = new WebhookProgress(6);
        WebhookStep step = new(progress, []);
        for (var n = 1; n <= 5; n++)
        {
            Assert.Equal(6, progress.Position);
            step = WebhookRules.Failed(progress, Pager, Line(7, LogTypes.HypervisorFenced), new(CallOutcome.Refused, 422, "answered 422"), T0);
            progress = step.Progress;
        }

        Assert.Equal((7, 0), (progress.Position, progress.Refusals));
        var skipped = Assert.Single(step.Told);
        Assert.Equal((LogTypes.WebhookSkipped, "7", "7", "1"), (skipped.Type, skipped.Data["first"], skipped.Data["last"], skipped.Data["count"]));
    }

    [Fact]
    public void Silence_between_refusals_is_no_refusal()
    {
        var progress = new WebhookProgress(6);
        for (var n = 0; n < 20; n++)
            progress = WebhookRules.Failed(progress, Pager, Line(7, LogTypes.HypervisorFenced), new(n % 5 == 0 ? CallOutcome.Refused : CallOutcome.Failed, null, "x"), T0).Progress;
        Assert.Equal((6, 4), (progress.Position, progress.Refusals));
    }

    [Fact]
    public void What_is_too_old_is_skipped_in_one_line()
    {
        var step = WebhookRules.Overdue(new(6, Failures: 40, Told: true), Pager, [Line(7, LogTypes.FenceFailed), Line(12, LogTypes.HypervisorFenced)], TimeSpan.FromHours(24), T0);
        Assert.Equal((12, 40, true), (step.Progress.Position, step.Progress.Failures, step.Progress.Told));
        var skipped = Assert.Single(step.Told);
        Assert.Equal(("2", "7", "12"), (skipped.Data["count"], skipped.Data["first"], skipped.Data["last"]));
        Assert.Contains("24 h", skipped.Message);
    }

    [Fact]
    public void A_skipped_line_about_a_webhook_makes_no_new_line()
    {
        var about = Line(7, LogTypes.WebhookFailing, ("webhook", "archive"));
        Assert.Empty(WebhookRules.Overdue(new(6), Pager, [about], TimeSpan.FromHours(24), T0).Told);
        Assert.Single(WebhookRules.Overdue(new(6), Pager, [about, Line(8, LogTypes.FenceFailed)], TimeSpan.FromHours(24), T0).Told);
    }

    [Fact]
    public void The_default_is_what_wakes_a_person()
    {
        Assert.True(Pager.Wants(Line(1, LogTypes.HypervisorFenced).Entry));
        Assert.True(Pager.Wants(Line(1, LogTypes.FenceWithheld).Entry));
        Assert.True(Pager.Wants(Line(1, LogTypes.InstanceWaiting, ("wait", "person")).Entry));
        Assert.False(Pager.Wants(Line(1, LogTypes.InstanceWaiting, ("wait", "room")).Entry));
        Assert.False(Pager.Wants(Line(1, LogTypes.InstanceEvacuated).Entry));
        Assert.False(Pager.Wants(Line(1, LogTypes.InventoryChanged).Entry));
    }

    [Fact]
    public void Types_and_locations_narrow_and_what_is_nowhere_is_for_everybody()
    {
        var dc1 = Pager with { Types = [WebhookTypes.All], Locations = [new("dc1")] };
        Assert.True(dc1.Wants(Line(1, LogTypes.InstanceEvacuated).Entry));
        Assert.False(dc1.Wants(Line(1, LogTypes.InstanceEvacuated).Entry with { Location = new LocationId("dc2") }));
        Assert.True(dc1.Wants(Line(1, LogTypes.HaDisarmed).Entry with { Location = null }));
        var waits = Pager with { Types = [LogTypes.InstanceWaiting] };
        Assert.True(waits.Wants(Line(1, LogTypes.InstanceWaiting, ("wait", "room")).Entry));
        Assert.False(waits.Wants(Line(1, LogTypes.FenceFailed).Entry));
    }

    [Fact]
    public void A_webhook_is_never_told_of_itself()
    {
        var all = Pager with { Types = [WebhookTypes.All] };
        Assert.False(all.Wants(Line(1, LogTypes.WebhookFailing, ("webhook", "pager")).Entry));
        Assert.True(all.Wants(Line(1, LogTypes.WebhookFailing, ("webhook", "archive")).Entry));
    }

    [Fact]
    public void The_default_names_only_events_that_there_are_and_every_wait_has_its_name()
    {
        Assert.Empty(WebhookTypes.Default.Where(t => !HaActors.Api.EventTypes.All.Contains(t) && !WebhookTypes.Waits.Contains(t)));
        Assert.Contains("instance_waiting:person", WebhookTypes.Waits);
    }

    private static LoggedEvent Line(long id, string type, params (string Key, object? Value)[] data) =>
        new(id, new LogEntry(T0, type, new LocationId("dc1"), new HypervisorId("hv1"), null, new IncidentId("hv1-1"), $"{type}.", LogData.Of(data)));
}
