using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace HaActors.Api;

/// <summary>
/// The API of one master, typed. Every call throws <see cref="HaActorsException"/> when the master refuses or does not answer.
/// </summary>
/// <param name="http">With the master's address as its <see cref="HttpClient.BaseAddress"/>; its time-out must not be short for <see cref="StreamEventsAsync"/>.</param>
/// <param name="token">The administrator's token.</param>
/// <param name="who">The operator's name for the event log; left out, it is <c>admin</c>.</param>
public sealed partial class HaActorsClient(HttpClient http, string token, string? who = null)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json", "utf-8");

    public Task<StatusInfo> StatusAsync(CancellationToken stopping = default) => GetAsync<StatusInfo>("api/v1/status", stopping);

    public Task<ArmedInfo> ArmAsync(string? reason, CancellationToken stopping = default) => SendAsync<ArmedInfo>(HttpMethod.Post, "api/v1/ha/arm", new ReasonBody { Reason = reason }, stopping);

    /// <summary>No permit, no retry, no waiting start from now on.</summary>
    public Task<ArmedInfo> DisarmAsync(string? reason, CancellationToken stopping = default) =>
        SendAsync<ArmedInfo>(HttpMethod.Post, "api/v1/ha/disarm", new ReasonBody { Reason = reason }, stopping);

    /// <summary>Until then storms of this location withhold no fence; the limit of fences per window stays.</summary>
    public Task<GateInfo> OverrideStormAsync(string location, DateTimeOffset until, string reason, CancellationToken stopping = default) =>
        SendAsync<GateInfo>(HttpMethod.Post, $"api/v1/locations/{Escaped(location)}/storm-override", new StormOverrideBody { Until = until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), Reason = reason }, stopping);

    public Task<GateInfo> EndStormOverrideAsync(string location, CancellationToken stopping = default) =>
        SendAsync<GateInfo>(HttpMethod.Delete, $"api/v1/locations/{Escaped(location)}/storm-override", null, stopping);

    private Task<T> GetAsync<T>(string path, CancellationToken stopping) => SendAsync<T>(HttpMethod.Get, path, null, stopping);

    /// <param name="body">Null: no body. A <see cref="JsonElement"/> goes out as it is, e.g. a merge patch.</param>
    private async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken stopping)
    {
        using var request = Request(method, path, body);
        using var response = await AnswerAsync(request, HttpCompletionOption.ResponseContentRead, stopping).ConfigureAwait(false);
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(ApiJson.Options, stopping).ConfigureAwait(false) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new HaActorsException($"{request.RequestUri} answered with something else than expected: is it a HaActors master of this version?", e);
        }
    }

    private async Task DeleteAsync(string path, CancellationToken stopping)
    {
        using var request = Request(HttpMethod.Delete, path, null);
        using var response = await AnswerAsync(request, HttpCompletionOption.ResponseContentRead, stopping).ConfigureAwait(false);
    }

    private HttpRequestMessage Request(HttpMethod method, string path, object? body)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (who is not null)
            request.Headers.TryAddWithoutValidation("X-Operator", who);
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), Json, ApiJson.Options);
        return request;
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, HttpCompletionOption until, CancellationToken stopping)
    {
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, until, stopping).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new HaActorsException($"{http.BaseAddress} does not answer: {e.Message}", e);
        }
        catch (TaskCanceledException e) when (!stopping.IsCancellationRequested)
        {
            throw new HaActorsException($"{http.BaseAddress} did not answer within {http.Timeout:c}.", e);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw new HaActorsException(await ProblemAsync(response, stopping).ConfigureAwait(false));
    }

    private static async Task<ProblemInfo> ProblemAsync(HttpResponseMessage response, CancellationToken stopping)
    {
        var status = (int)response.StatusCode;
        try
        {
            if (await response.Content.ReadFromJsonAsync<ProblemInfo>(ApiJson.Options, stopping).ConfigureAwait(false) is { Code: not null, Detail: not null } problem)
                return problem with { Status = status };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            // Something between here and the master answered, in its own words.
        }

        return new("about:blank", response.ReasonPhrase ?? "Refused", status, $"{response.RequestMessage?.RequestUri} answered {status} {response.ReasonPhrase}.", "unknown");
    }

    private static string Escaped(string id) => Uri.EscapeDataString(id);
}
