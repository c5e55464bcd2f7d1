using System.Collections.Immutable;
using System.Text.Json;
using HaActors.Domain;
using HaActors.Domain.Notifications;
using LinqToDB.Mapping;

namespace HaActors.Storage.Webhooks;

[Table("webhooks")]
internal sealed class WebhookRow
{
    [Column("id"), PrimaryKey] public required string Id { get; init; }
    [Column("url")] public required string Url { get; set; }
    [Column("enabled")] public bool Enabled { get; set; }

    /// <summary>JSON array; null is the default list.</summary>
    [Column("types")] public string? Types { get; set; }

    /// <summary>JSON array; empty is all.</summary>
    [Column("locations")] public required string Locations { get; set; }

    /// <summary>Protected.</summary>
    [Column("secret")] public required string Secret { get; set; }

    /// <summary>Grows at each change, an operator's and a step's.</summary>
    [Column("revision")] public long Revision { get; set; }
    [Column("position")] public long Position { get; set; }
    [Column("taken_id")] public long? TakenId { get; set; }
    [Column("taken_at")] public string? TakenAt { get; set; }
    [Column("failures")] public int Failures { get; set; }
    [Column("refusals")] public int Refusals { get; set; }
    [Column("failing_since")] public string? FailingSince { get; set; }
    [Column("told")] public bool Told { get; set; }
    [Column("problem")] public string? Problem { get; set; }
    [Column("next_try_at")] public string? NextTryAt { get; set; }

    /// <param name="secret">Opened, or <see cref="Domain.Secret.None"/> where nobody needs it.</param>
    internal Webhook ToWebhook(Secret secret) => new(
        new(Id), new Uri(Url), Enabled, Types is null ? null : Words(Types), [.. Words(Locations).Select(l => new LocationId(l))], secret);

    internal WebhookProgress ToProgress() => new(Position, TakenId, Time(TakenAt), Failures, Refusals, Time(FailingSince), Told, Problem, Time(NextTryAt));

    internal void Set(Webhook it, string protectedSecret)
    {
        Url = it.Url.AbsoluteUri;
        Enabled = it.Enabled;
        Types = it.Types is { } types ? JsonSerializer.Serialize(types) : null;
        Locations = JsonSerializer.Serialize(it.Locations.Select(l => l.Value));
        Secret = protectedSecret;
    }

    internal void Set(WebhookProgress it)
    {
        Position = it.Position;
        TakenId = it.TakenId;
        TakenAt = Text(it.TakenAt);
        Failures = it.Failures;
        Refusals = it.Refusals;
        FailingSince = Text(it.FailingSince);
        Told = it.Told;
        Problem = it.Problem;
        NextTryAt = Text(it.NextTryAt);
    }

    private static ImmutableArray<string> Words(string text) => JsonSerializer.Deserialize<ImmutableArray<string>>(text);

    private static DateTimeOffset? Time(string? text) => text is null ? null : Times.FromText(text);

    private static string? Text(DateTimeOffset? at) => at is { } time ? Times.ToText(time) : null;
}
