using System.Text.Json;
using System.Text.Json.Nodes;
using HaActors.Api;
using Microsoft.Net.Http.Headers;

namespace HaActors.Master.Http;

/// <summary>Reads a body so that every mistake in it is named: where the JSON ends to be JSON, which member is unknown, which value is of the wrong kind.</summary>
internal static class Bodies
{
    internal const int MaxBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The body as a record.</summary>
    /// <param name="readOnly">Names that an answer has and a body may not have.</param>
    internal static async Task<T> ReadAsync<T>(HttpContext http, IReadOnlySet<string>? readOnly = null) where T : class
    {
        var body = await ReadObjectAsync(http, optional: false).ConfigureAwait(false);
        Shapes.Check(body, typeof(T), readOnly, patch: false);
        return To<T>(body);
    }

    /// <summary>The body of a command; none at all is an empty one.</summary>
    internal static async Task<T> ReadOptionalAsync<T>(HttpContext http) where T : class
    {
        var body = await ReadObjectAsync(http, optional: true).ConfigureAwait(false);
        Shapes.Check(body, typeof(T), null, patch: false);
        return To<T>(body);
    }

    /// <summary>A merge patch (RFC 7396) for <typeparamref name="T"/>: members that it leaves out stay.</summary>
    internal static async Task<JsonObject> ReadPatchAsync<T>(HttpContext http, IReadOnlySet<string>? readOnly = null) where T : class
    {
        var body = await ReadObjectAsync(http, optional: false).ConfigureAwait(false);
        Shapes.Check(body, typeof(T), readOnly, patch: true);
        return body;
    }

    /// <summary>What <paramref name="stored"/> becomes by the patch; null resets a member to its default.</summary>
    internal static T Merge<T>(T stored, JsonObject patch) where T : class =>
        To<T>((JsonObject)Merged(JsonSerializer.SerializeToNode(stored, ApiJson.Options), patch)!);

    internal static ProblemInfo WrongContentType(HttpContext http) => Problems.Of(
        StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type",
        $"The content type is '{Shown.Short(http.Request.ContentType)}'; send 'Content-Type: application/json' (a PATCH may also be application/merge-patch+json).");

    private static JsonNode? Merged(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = target is JsonObject stored ? (JsonObject)stored.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
                result.Remove(name);
            else
                result[name] = Merged(result[name], value);
        }

        return result;
    }

    private static T To<T>(JsonObject body) where T : class
    {
        try
        {
            return body.Deserialize<T>(ApiJson.Options)!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The shape was checked, so this is text that is no Unicode.
            throw Refusal.Bad("bad-json", "The body holds text that is no valid Unicode.");
        }
    }

    private static async Task<JsonObject> ReadObjectAsync(HttpContext http, bool optional)
    {
        var bytes = await BytesAsync(http).ConfigureAwait(false);
        if (bytes.Length == 0)
            return optional ? [] : throw Refusal.Bad("bad-json", "The body is empty; send a JSON object.");
        if (!IsJson(http.Request.ContentType))
            throw new Refusal(WrongContentType(http));

        try
        {
            return JsonNode.Parse(bytes.Span, documentOptions: Strict) as JsonObject ?? throw Refusal.Bad("bad-json", "The body must be a JSON object, like {\"name\":\"value\"}.");
        }
        catch (JsonException e) when (e.LineNumber is { } line && e.BytePositionInLine is { } position)
        {
            throw Refusal.Bad("bad-json", $"The body is no JSON: it goes wrong at line {line + 1}, byte {position + 1}.");
        }
        catch (JsonException e)
        {
            throw Refusal.Bad("bad-json", e.Message.Contains("uplicate", StringComparison.Ordinal) ? "The body names a member twice; name each once." : "The body is no JSON, or nested too deeply.");
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Value is { } media
        && (media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.Equals("application/merge-patch+json", StringComparison.OrdinalIgnoreCase))
        && (type.Encoding is null || type.Encoding.CodePage == System.Text.Encoding.UTF8.CodePage);

    private static async Task<ReadOnlyMemory<byte>> BytesAsync(HttpContext http)
    {
        if (http.Request.ContentLength > MaxBytes)
            throw new Refusal(Problems.TooLarge());
        var buffer = new byte[MaxBytes + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, http.RequestAborted).ConfigureAwait(false);
        return length <= MaxBytes ? buffer.AsMemory(0, length) : throw new Refusal(Problems.TooLarge());
    }
}
