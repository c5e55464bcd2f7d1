using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using HaActors.Domain.EventLog;

namespace HaActors.Adapters.Notifications;

/// <summary>The body of a call: the event as <c>GET /api/v1/events</c> shows it, and before it the name of the installation that tells it.</summary>
internal static class WebhookBody
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static byte[] Of(string installation, LoggedEvent line)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            var it = line.Entry;
            json.WriteStartObject();
            json.WriteString("installation", installation);
            json.WriteNumber("id", line.Id);
            json.WriteString("at", it.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
            json.WriteString("type", it.Type);
            json.WriteString("locationId", it.Location?.Value);
            json.WriteString("hypervisorId", it.Hypervisor?.Value);
            json.WriteString("instanceId", it.Instance?.Value);
            json.WriteString("incidentId", it.Incident?.Value);
            json.WriteString("message", it.Message);
            json.WriteStartObject("data");
            foreach (var (key, value) in it.Data) json.WriteString(key, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
