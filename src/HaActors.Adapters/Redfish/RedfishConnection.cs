using System.Net.Http.Headers;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using HaActors.Adapters.Http;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.Redfish;

/// <summary>One conversation with one BMC, and what is known of it when it ends in the middle.</summary>
internal sealed class RedfishConnection : IDisposable
{
    /// <summary>Bytes of one answer; a ComputerSystem of a large server has some 50 KiB.</summary>
    private const int LongestAnswer = 1024 * 1024;

    private const int MostRedirects = 3;

    /// <summary>A BMC that does not even open a connection is given no more than this.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(6);

    private readonly RedfishDevice _device;
    private readonly HttpMessageInvoker _invoker;
    private AuthenticationHeaderValue? _basic;
    private string? _token;
    private string? _session;

    internal RedfishConnection(RedfishDevice device, TimeSpan limit)
    {
        _device = device;
        _basic = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{device.Username}:{device.Password.Reveal()}")));
        _invoker = new HttpMessageInvoker(Handler(limit < ConnectPatience ? limit : ConnectPatience));
    }

    /// <summary>Until a connection stands, nothing can have left.</summary>
    internal bool Stood { get; private set; }

    /// <summary>Why its certificate was not believed; null if it was, or if it was never shown.</summary>
    internal string? CertificateProblem { get; private set; }

    public void Dispose() => _invoker.Dispose();

    /// <summary>Reads one resource; follows a redirect to another path of the same server, never to another server.</summary>
    internal async Task<RedfishReply> GetAsync(string path, CancellationToken token)
    {
        for (var left = MostRedirects; ; left--)
        {
            var reply = await SendAsync(HttpMethod.Get, path, null, token).ConfigureAwait(false);
            if (reply.Location is not { } location || left == 0 || reply.Status is not (301 or 302 or 307 or 308)) return reply;
            if (!Uri.TryCreate(new Uri(_device.Url, path), location, out var next) || !IsHere(next)) return reply;
            path = next.PathAndQuery;
        }
    }

    /// <summary>Sent once: nothing is followed and nothing repeated.</summary>
    internal Task<RedfishReply> PostAsync(string path, OrderContent order, CancellationToken token) => SendAsync(HttpMethod.Post, path, order, token);

    /// <summary>
    /// Basic authentication may be switched off in a BMC; then a session is its way. Only if it does not offer Basic itself: a second try with a wrong
    /// password brings the lock-out nearer. Null: the session stands.
    /// </summary>
    internal async Task<RedfishReply?> LogInAsync(RedfishReply refused, CancellationToken token)
    {
        if (refused.OffersBasic || _token is not null) return refused;
        _basic = null;
        var reply = await SendAsync(HttpMethod.Post, "/redfish/v1/SessionService/Sessions",
            new OrderContent(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["UserName"] = _device.Username, ["Password"] = _device.Password.Reveal() }), null), token).ConfigureAwait(false);
        if (!reply.IsGood || reply.Token is not { Length: > 0 and < 4096 } issued || issued.Any(c => c is < '!' or > '~')) return reply.IsGood ? refused : reply;
        _token = issued;
        _session = reply.Location is { } at && Uri.TryCreate(_device.Url, at, out var url) && IsHere(url) ? url.AbsolutePath : null;
        return null;
    }

    /// <summary>A BMC has few sessions, and keeps one that nobody ends for many minutes.</summary>
    internal async Task LogOutAsync(CancellationToken token)
    {
        if (_session is not { } session) return;
        _session = null;
        await SendAsync(HttpMethod.Delete, session, null, token).ConfigureAwait(false);
    }

    private bool IsHere(Uri url) => url.Scheme == _device.Url.Scheme && url.Authority == _device.Url.Authority && url.UserInfo.Length == 0;

    private async Task<RedfishReply> SendAsync(HttpMethod method, string path, OrderContent? body, CancellationToken token)
    {
        using var request = new HttpRequestMessage(method, new Uri(_device.Url, path));
        request.Headers.Accept.Add(new(MediaTypeNames.Application.Json));
        request.Headers.Add("OData-Version", "4.0");
        request.Headers.Authorization = _basic;
        if (_token is not null) request.Headers.Add("X-Auth-Token", _token);
        if (body is not null)
        {
            request.Content = body;
            request.Content.Headers.ContentType = new(MediaTypeNames.Application.Json);
        }

        using var response = await _invoker.SendAsync(request, token).ConfigureAwait(false);
        var answer = await BoundedBody.ReadAsync(response.Content, LongestAnswer, token).ConfigureAwait(false);
        return new RedfishReply(
            (int)response.StatusCode, answer is { } bytes ? RedfishReply.Parsed(bytes) : null, response.Headers.Location?.OriginalString,
            response.Headers.TryGetValues("X-Auth-Token", out var issued) ? issued.FirstOrDefault() : null,
            response.Headers.WwwAuthenticate.Any(offer => offer.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)));
    }

    private SocketsHttpHandler Handler(TimeSpan connect)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = 1,
            ConnectTimeout = connect,
            MaxResponseHeadersLength = 32,
            ConnectCallback = async (context, token) =>
            {
                var stream = await Connecting.OpenAsync(context.DnsEndPoint, token).ConfigureAwait(false);
                Stood = true;
                return stream;
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) => Believes(certificate, errors);
        return handler;
    }

    private bool Believes(X509Certificate? certificate, System.Net.Security.SslPolicyErrors errors)
    {
        var shown = certificate is null ? "none" : Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()));
        if (_device.Fingerprint is { } pinned)
            CertificateProblem = shown == pinned ? null : $"its certificate has the SHA-256 fingerprint {shown}, and another one is registered";
        else
            CertificateProblem = errors == System.Net.Security.SslPolicyErrors.None ? null
                : $"its certificate is not valid for this master ({errors}). Register its SHA-256 fingerprint if it is the right one: {shown}";
        return CertificateProblem is null;
    }
}

/// <summary>One answer.</summary>
/// <param name="Root">Null: no JSON object, or too long.</param>
internal sealed record RedfishReply(int Status, JsonElement? Root, string? Location, string? Token, bool OffersBasic)
{
    internal bool IsGood => Status is >= 200 and < 300;

    internal bool IsDenied => Status is 401 or 403;

    /// <summary>What it said, in a clause: the first message of its extended error, or only the status.</summary>
    internal string Says
    {
        get
        {
            if (Status is >= 300 and < 400) return $"answered {Status}, a redirect to {Clauses.OneLine(Location)}, which is not followed: register the URL where it really answers";
            var error = Root is { } root ? Json.Member(root, "error") : null;
            var extended = error is { } e && Json.Member(e, "@Message.ExtendedInfo") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? Json.Text(list[0], "Message") : null;
            var message = Clauses.OneLine(extended ?? (error is { } told ? Json.Text(told, "message") : null));
            return message.Length > 0 ? $"answered {Status}: {message}" : $"answered {Status}";
        }
    }

    internal static JsonElement? Parsed(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Members that may be missing or of another type.</summary>
internal static class Json
{
    internal static JsonElement? Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var found) ? found : null;

    internal static string? Text(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    internal static IEnumerable<JsonElement> Items(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];
}
