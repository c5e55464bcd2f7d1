using System.Collections.Immutable;
using System.Globalization;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Storage.EventLog;

namespace HaActors.Master.Http;

/// <summary>Reads what stands behind the question mark; a typo there must not look like an empty log.</summary>
internal static class EventQueries
{
    private static readonly string[] All = ["type", "location", "hypervisor", "instance", "incident", "since", "until", "after", "limit"];

    internal static EventQuery Read(IQueryCollection query)
    {
        OnlyKnown(query, All);
        var since = Time(query, "since");
        var until = Time(query, "until");
        if (since >= until)
            throw Refusal.Bad("invalid-query", "'since' must be before 'until'.");
        return new(
            Types(query), One(query, "location") is { } l ? new LocationId(l) : null, One(query, "hypervisor") is { } h ? new HypervisorId(h) : null,
            One(query, "instance") is { } i ? new InstanceId(i) : null, One(query, "incident") is { } c ? new IncidentId(c) : null,
            since, until, After(One(query, "after"), "after"), Limit(query));
    }

    internal static void OnlyKnown(IQueryCollection query, params string[] known)
    {
        if (query.Keys.FirstOrDefault(k => !known.Contains(k, StringComparer.Ordinal)) is { } unknown)
            throw Refusal.Bad("invalid-query", $"'{Shown.Short(unknown)}' is no parameter of this route; there are {string.Join(", ", known)}.");
    }

    /// <summary>An id that an operator or an agent may have; another one can't be in the log.</summary>
    internal static string? One(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        if (values.Count != 1)
            throw Refusal.Bad("invalid-query", $"'{name}' is given {values.Count} times; give it once.");
        return string.IsNullOrWhiteSpace(values[0]) || values[0]!.Length > 200
            ? throw Refusal.Bad("invalid-query", $"'{name}' is empty or too long.")
            : values[0];
    }

    internal static int Limit(IQueryCollection query)
    {
        if (One(query, "limit") is not { } text)
            return EventQuery.DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= EventQuery.MaxLimit
            ? limit
            : throw Refusal.Bad("invalid-query", $"'limit' is '{Shown.Short(text)}'; it must be a whole number from 1 to {EventQuery.MaxLimit}.");
    }

    internal static long? After(string? text, string name)
    {
        if (text is null)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var after)
            ? after
            : throw Refusal.Bad("invalid-query", $"'{name}' is '{Shown.Short(text)}'; it must be the id of an event, a whole number.");
    }

    private static ImmutableArray<string>? Types(IQueryCollection query)
    {
        if (!query.TryGetValue("type", out var given))
            return null;
        var types = given.SelectMany(t => (t ?? "").Split(',', StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal).ToImmutableArray();
        return types.FirstOrDefault(t => !EventTypes.All.Contains(t, StringComparer.Ordinal)) is { } unknown
            ? throw Refusal.Bad("invalid-query", $"'type' names '{Shown.Short(unknown)}'; there are {string.Join(", ", EventTypes.All)}.")
            : types;
    }

    private static DateTimeOffset? Time(IQueryCollection query, string name)
    {
        if (One(query, name) is not { } text)
            return null;
        // An unescaped '+' of an offset arrives as a space.
        return DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && text.Contains('T', StringComparison.Ordinal)
            ? time
            : throw Refusal.Bad("invalid-query", $"'{name}' is '{Shown.Short(text)}'; it must be a time like 2026-01-31T23:59:59Z.");
    }
}
