using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace HaActors.Api;

/// <content>The event log and incidents.</content>
public sealed partial class HaActorsClient
{
    public Task<EventPage> EventsAsync(EventFilter? filter = null, CancellationToken stopping = default) => GetAsync<EventPage>("api/v1/events" + Query(filter), stopping);

    /// <summary>Newest first.</summary>
    /// <param name="limit">1 to 1000, 100 if left out.</param>
    public Task<IReadOnlyList<IncidentInfo>> IncidentsAsync(string? hypervisor = null, string? location = null, int? limit = null, CancellationToken stopping = default) =>
        GetAsync<IReadOnlyList<IncidentInfo>>("api/v1/incidents" + Query(new(Hypervisor: hypervisor, Location: location, Limit: limit)), stopping);

    public Task<IncidentDetail> IncidentAsync(string id, CancellationToken stopping = default) => GetAsync<IncidentDetail>($"api/v1/incidents/{Escaped(id)}", stopping);

    /// <summary>What waits in it ends as <c>cancelled</c>; the hypervisor as it is now.</summary>
    public Task<HypervisorInfo> CancelIncidentAsync(string id, string reason, CancellationToken stopping = default) =>
        SendAsync<HypervisorInfo>(HttpMethod.Post, $"api/v1/incidents/{Escaped(id)}/cancel", new ReasonBody { Reason = reason }, stopping);

    /// <summary>
    /// Events as they come, for ever; begins with what comes after <see cref="EventFilter.After"/>, or now. Ends when the master stops:
    /// whoever wants to go on asks again after the last id.
    /// </summary>
    public async IAsyncEnumerable<EventInfo> StreamEventsAsync(EventFilter? filter = null, [EnumeratorCancellation] CancellationToken stopping = default)
    {
        using var request = Request(HttpMethod.Get, "api/v1/events/stream" + Query(filter), null);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await AnswerAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(stopping).ConfigureAwait(false);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string? line;
        while ((line = await NextLineAsync(reader, stopping).ConfigureAwait(false)) is not null)
        {
            // An event's JSON is on one line; its id and type are in it, and comments keep the connection alive.
            if (line.StartsWith("data:", StringComparison.Ordinal) && JsonSerializer.Deserialize<EventInfo>(line.AsSpan(5).Trim(), ApiJson.Options) is { } found)
                yield return found;
        }
    }

    private static async Task<string?> NextLineAsync(StreamReader reader, CancellationToken stopping)
    {
        try
        {
            return await reader.ReadLineAsync(stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static string Query(EventFilter? filter)
    {
        if (filter is null)
            return "";
        var text = new StringBuilder();
        foreach (var type in filter.Types ?? [])
            Add("type", type);
        Add("location", filter.Location);
        Add("hypervisor", filter.Hypervisor);
        Add("instance", filter.Instance);
        Add("incident", filter.Incident);
        Add("since", filter.Since?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Add("until", filter.Until?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Add("after", filter.After?.ToString(CultureInfo.InvariantCulture));
        Add("limit", filter.Limit?.ToString(CultureInfo.InvariantCulture));
        return text.ToString();

        void Add(string name, string? value)
        {
            if (value is not null)
                text.Append(text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }
}
