using System.Net.Http.Headers;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using HaActors.Adapters.Http;
using HaActors.Domain.EventLog;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;

namespace HaActors.Adapters.Notifications;

/// <summary>Calls a receiver by one POST, under one deadline. Follows no redirect, uses no proxy, keeps no cookie and no connection.</summary>
/// <remarks>A redirect would carry the event to whom nobody registered. A call is rare, so a connection of its own costs nothing, and a kept one that died would cost a try.</remarks>
public sealed class HttpWebhookSender(WebhookOptions options, TimeProvider time) : IWebhookSender
{
    /// <summary>Bytes of an answer that are read; a person reads the first line of it.</summary>
    private const int LongestAnswer = 2048;

    public async Task<CallAnswer> SendAsync(Webhook webhook, LoggedEvent line, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        ArgumentNullException.ThrowIfNull(line);
        stopping.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        try
        {
            using var invoker = new HttpMessageInvoker(Handler());
            using var request = Request(webhook, line);
            using var response = await invoker.SendAsync(request, end.Token).ConfigureAwait(false);
            return await SortAsync(response, end.Token, stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
            return new CallAnswer(CallOutcome.Failed, null, $"no answer within {Clauses.Seconds(options.Timeout)}");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or InvalidOperationException)
        {
            return new CallAnswer(CallOutcome.Failed, null, Clauses.Of(failure));
        }
    }

    private HttpRequestMessage Request(Webhook webhook, LoggedEvent line)
    {
        var body = WebhookBody.Of(options.Installation, line);
        var timestamp = WebhookSignature.Timestamp(time.GetUtcNow());
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json, "utf-8");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("HaActors", "1"));
        request.Headers.Add(WebhookSignature.IdHeader, line.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.TimestampHeader, timestamp);
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Of(webhook.Secret, timestamp, body));
        return request;
    }

    private static async Task<CallAnswer> SortAsync(HttpResponseMessage response, CancellationToken end, CancellationToken stopping)
    {
        var status = (int)response.StatusCode;
        var said = await SaidAsync(response.Content, end, stopping).ConfigureAwait(false);
        var detail = said.Length == 0 ? $"answered {status}" : $"answered {status}: {said}";
        return status switch
        {
            >= 200 and < 300 => new CallAnswer(CallOutcome.Taken, status, detail),
            >= 300 and < 400 => new CallAnswer(CallOutcome.Failed, status, $"answered {status}, a redirect, which is not followed: register the final URL"),
            400 or 413 or 415 or 422 => new CallAnswer(CallOutcome.Refused, status, detail),
            _ => new CallAnswer(CallOutcome.Failed, status, detail),
        };
    }

    /// <summary>The beginning of the answer's text. The status is what counts: a body that hangs or breaks takes nothing back.</summary>
    private static async Task<string> SaidAsync(HttpContent content, CancellationToken end, CancellationToken stopping)
    {
        try
        {
            var stream = await content.ReadAsStreamAsync(end).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                var buffer = new byte[LongestAnswer];
                var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, end).ConfigureAwait(false);
                return Clauses.OneLine(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            stopping.ThrowIfCancellationRequested();
            return "";
        }
    }

    private SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = options.Timeout,
        MaxResponseHeadersLength = 16,
        ConnectCallback = async (context, token) => await Connecting.OpenAsync(context.DnsEndPoint, token).ConfigureAwait(false),
    };
}
