using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using HaActors.Storage.EventLog;
using HaActors.Storage.Inventory;
using LinqToDB.Data;
using Xunit;
using static HaActors.Tests.Storage.StorageBench;

namespace HaActors.Tests.Storage;

/// <summary>The table of the webhooks: what an operator enters, how far the calls have come, and that neither undoes the other.</summary>
[Collection(StorageCollection.Name)]
public sealed class WebhookSpec(PostgresqlCluster cluster)
{
    private static readonly WebhookId Pager = new("pager");

    public static TheoryData<string> Engines => StorageBench.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task One_is_created_read_changed_and_deleted_and_each_is_told_without_its_secret_or_path(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateLocationAsync(Dc1, ByAda, default);
        var created = await bench.Store.CreateWebhookAsync(Hook() with { Locations = [Dc1.Id] }, ByAda, default);
        Assert.Null(created.Webhook.Types);
        Assert.Equal(WebhookTypes.Default, created.Webhook.EffectiveTypes);
        Assert.Equal(Dc1.Id, Assert.Single(created.Webhook.Locations));

        await bench.Store.ChangeWebhookAsync(Pager, w => w with { Types = ["fence_failed"], Url = new Uri("https://other.example/t0ken"), Secret = Secret.None }, ByAda, default);
        var loaded = (await bench.Webhooks.LoadAsync(Pager, default))!;
        Assert.Equal(("the secret of pager", "https://other.example/t0ken"), (loaded.Webhook.Secret.Reveal(), loaded.Webhook.Url.AbsoluteUri));
        Assert.Equal("fence_failed", Assert.Single(loaded.Webhook.Types!.Value));

        await bench.Store.ChangeWebhookAsync(Pager, w => w with { Secret = new Secret("another secret, new") }, ByAda, default);
        Assert.Equal("another secret, new", (await bench.Webhooks.LoadAsync(Pager, default))!.Webhook.Secret.Reveal());
        await bench.Store.DeleteWebhookAsync(Pager, ByAda, default);
        Assert.Null(await bench.Webhooks.LoadAsync(Pager, default));
        Assert.Empty(await bench.Store.WebhooksAsync(default));

        await bench.Log.AppendInventoryChangesAsync(default);
        var told = (await bench.Reader.ReadAsync(new EventQuery(), default)).Where(e => e.Entry.Data.ContainsKey("webhook")).Select(e => e.Entry.Message).ToArray();
        Assert.Equal(
            [
                "ada: webhook pager created, to pager.example.", "ada: webhook pager changed: url changed, host pager.example → other.example, types the default → fence_failed.",
                "ada: webhook pager changed: secret changed.", "ada: webhook pager deleted.",
            ], told);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_new_one_begins_with_the_present_and_its_place_survives(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Log.AppendAsync([Line("hypervisor_down"), Line("hypervisor_fenced")], 1, default);
        await bench.Store.CreateWebhookAsync(Hook(), ByAda, default);
        var stored = (await bench.Webhooks.LoadAsync(Pager, default))!;
        Assert.Empty((await bench.Webhooks.ReadAsync(Pager, stored.Revision, stored.Progress.Position, 100, default))!.Value);

        await bench.Log.AppendAsync([Line("fence_failed"), Line("hypervisor_up")], 2, default);
        var fresh = (await bench.Webhooks.ReadAsync(Pager, stored.Revision, stored.Progress.Position, 1, default))!.Value;
        Assert.Equal("fence_failed", Assert.Single(fresh).Entry.Type);

        var full = new WebhookProgress(fresh[0].Id, fresh[0].Id, T0, 4, 2, T0.AddMinutes(1), true, "answered 500: „no“", T0.AddMinutes(2));
        var revision = await bench.Webhooks.SaveAsync(Pager, stored.Revision, new WebhookStep(full, []), default);
        var again = (await bench.Webhooks.LoadAsync(Pager, default))!;
        Assert.Equal((revision!.Value, full), (again.Revision, again.Progress));
        Assert.Equal(full, Assert.Single(await bench.Store.WebhooksAsync(default)).Progress);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Who_holds_an_older_revision_writes_and_tells_nothing(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateWebhookAsync(Hook(), ByAda, default);
        var old = (await bench.Webhooks.LoadAsync(Pager, default))!.Revision;
        await bench.Store.ChangeWebhookAsync(Pager, w => w with { Types = ["*"] }, ByAda, default);

        var step = new WebhookStep(new(99), [Line(LogTypes.WebhookFailing)]);
        Assert.Null(await bench.Webhooks.SaveAsync(Pager, old, step, default));
        Assert.Null(await bench.Webhooks.ReadAsync(Pager, old, 0, 100, default));
        Assert.Null(await bench.Webhooks.SaveAsync(new("nobody"), 1, step, default));
        await bench.Log.AppendInventoryChangesAsync(default);
        Assert.DoesNotContain(await bench.Reader.ReadAsync(new EventQuery(), default), e => e.Entry.Type == LogTypes.WebhookFailing);

        var now = (await bench.Webhooks.LoadAsync(Pager, default))!;
        Assert.Equal(now.Revision + 1, await bench.Webhooks.SaveAsync(Pager, now.Revision, step, default));
        Assert.Null(await bench.Webhooks.SaveAsync(Pager, now.Revision, step, default));
        await bench.Log.AppendInventoryChangesAsync(default);
        Assert.Single(await bench.Reader.ReadAsync(new EventQuery(), default), e => e.Entry.Type == LogTypes.WebhookFailing);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Off_means_off_and_on_begins_with_the_present(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateWebhookAsync(Hook(), ByAda, default);
        Assert.Equal(Pager, Assert.Single(await bench.Webhooks.EnabledAsync(default)));
        await bench.Store.ChangeWebhookAsync(Pager, w => w with { Enabled = false }, ByAda, default);
        Assert.Empty(await bench.Webhooks.EnabledAsync(default));
        await bench.Log.AppendAsync([Line("hypervisor_fenced")], 1, default);
        var on = await bench.Store.ChangeWebhookAsync(Pager, w => w with { Enabled = true }, ByAda, default);
        var stored = (await bench.Webhooks.LoadAsync(Pager, default))!;
        Assert.Equal(on.Progress, stored.Progress);
        Assert.Empty((await bench.Webhooks.ReadAsync(Pager, stored.Revision, stored.Progress.Position, 100, default))!.Value);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_test_is_told_and_one_that_was_taken_makes_what_waits_be_tried_at_once(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateWebhookAsync(Hook(), ByAda, default);
        var first = (await bench.Webhooks.LoadAsync(Pager, default))!;
        var revision = await bench.Webhooks.SaveAsync(Pager, first.Revision, new(new WebhookProgress(0, Failures: 9, NextTryAt: T0.AddMinutes(5)), []), default);
        await bench.Store.WebhookTestedAsync(Pager, new(CallOutcome.Failed, 500, "answered 500"), ByAda, default);
        Assert.Equal(revision, (await bench.Webhooks.LoadAsync(Pager, default))!.Revision);
        await bench.Store.WebhookTestedAsync(Pager, new(CallOutcome.Taken, 200, "answered 200"), ByAda with { Reason = "new receiver" }, default);
        var after = (await bench.Webhooks.LoadAsync(Pager, default))!;
        Assert.Equal(revision + 1, after.Revision);
        Assert.Null(after.Progress.NextTryAt);
        await bench.Log.AppendInventoryChangesAsync(default);
        var tests = (await bench.Reader.ReadAsync(new EventQuery([LogTypes.WebhookTested]), default)).Select(e => (e.Entry.Message, e.Entry.Data["taken"]));
        Assert.Equal([("ada tested webhook pager: failed, answered 500.", "false"), ("ada tested webhook pager (new receiver): taken, answered 200.", "true")], tests);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task The_secret_does_not_lie_readable_in_the_table(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        await bench.Store.CreateWebhookAsync(Hook(), ByAda, default);
        await using var db = bench.Database.Connect();
        var lies = db.Execute<string>("SELECT secret FROM webhooks");
        Assert.DoesNotContain("the secret", lies);
        Assert.NotEmpty(lies);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task What_is_wrong_is_named_and_nothing_is_written(string engine)
    {
        await using var bench = await OpenAsync(engine, cluster);
        async Task RefusedAsync(string code, Webhook webhook) =>
            Assert.Equal(code, (await Assert.ThrowsAsync<InventoryException>(() => bench.Store.CreateWebhookAsync(webhook, ByAda, default))).Code);
        await RefusedAsync(InventoryCodes.InvalidId, Hook() with { Id = new("a b") });
        await RefusedAsync(InventoryCodes.InvalidWebhook, Hook() with { Url = new Uri("ftp://pager.example/") });
        await RefusedAsync(InventoryCodes.InvalidWebhook, Hook() with { Url = new Uri("https://user:pw@pager.example/") });
        await RefusedAsync(InventoryCodes.InvalidWebhook, Hook() with { Secret = new Secret("short") });
        await RefusedAsync(InventoryCodes.InvalidWebhook, Hook() with { Secret = Secret.None });
        await RefusedAsync(InventoryCodes.InvalidWebhook, Hook() with { Types = [] });
        await RefusedAsync(InventoryCodes.UnknownLocation, Hook() with { Locations = [new("dc9")] });
        Assert.Empty(await bench.Store.WebhooksAsync(default));

        for (var n = 0; n < InventoryStore.MostWebhooks; n++)
            await bench.Store.CreateWebhookAsync(Hook() with { Id = new($"w{n}") }, ByAda, default);
        await RefusedAsync(InventoryCodes.TooMany, Hook());
        await RefusedAsync(InventoryCodes.DuplicateId, Hook() with { Id = new("w1") });
    }

    private static Webhook Hook() => new(Pager, new Uri("https://pager.example/in/t0ken"), true, null, [], new Secret("the secret of pager"));

    private static LogEntry Line(string type) => new(
        T0, type, new LocationId("dc1"), new HypervisorId("hv1"), null, null, $"{type}.", ImmutableSortedDictionary<string, string>.Empty);
}
