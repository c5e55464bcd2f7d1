using System.Text;

namespace HaActors.Api;

/// <summary>A webhook as an operator enters it. What is left out of a change by PATCH stays, and the secret also by PUT.</summary>
public sealed record WebhookBody
{
    /// <inheritdoc cref="LocationInfo.Id"/>
    public string? Id { get; init; }

    /// <summary>Absolute, http or https. Redirects are not followed.</summary>
    public string? Url { get; init; }

    /// <summary>False: nothing is sent, and nothing is kept for later.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Names of events; <c>*</c>: all; <c>instance_waiting:person</c>: that wait only. Null: what should wake somebody.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Ids; null or empty: all. What concerns no location is for everybody.</summary>
    public IReadOnlyList<string>? Locations { get; init; }

    /// <summary>Write-only, 16 to 256 characters; signs each call.</summary>
    public string? Secret { get; init; }

    private bool PrintMembers(StringBuilder text) =>
        Say.Append(text, $"Id = {Id}, Url = {Url}, Enabled = {Enabled}, Types = {string.Join(' ', Types ?? [])}, Locations = {string.Join(' ', Locations ?? [])}, Secret = {Say.Hidden(Secret)}");
}

/// <summary>A webhook as it is read.</summary>
/// <param name="Types">In force, also where the default is.</param>
/// <param name="State"><c>ok</c>, <c>failing</c> (the last call failed; <c>problem</c> says how) or <c>disabled</c>.</param>
/// <param name="Position">Id of the last event that is settled: taken, not wanted or skipped.</param>
/// <param name="LastEventId">The last event that the receiver took.</param>
/// <param name="Failures">Calls that failed in a row.</param>
public sealed record WebhookInfo(
    string Id, string Url, bool Enabled, IReadOnlyList<string> Types, IReadOnlyList<string> Locations, bool HasSecret,
    string State, long Position, long? LastEventId, DateTimeOffset? LastTakenAt, int Failures, DateTimeOffset? FailingSince, string? Problem, DateTimeOffset? NextTryAt);

/// <summary>What the receiver said to a test call.</summary>
/// <param name="Taken">It answered 2xx.</param>
/// <param name="Status">HTTP status; null: there was no answer.</param>
/// <param name="Detail">One clause: its status and the beginning of its text, or why there was none.</param>
public sealed record WebhookTest(bool Taken, int? Status, string Detail, long TookMs);
