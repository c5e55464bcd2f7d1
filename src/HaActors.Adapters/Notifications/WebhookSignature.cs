using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HaActors.Domain;

namespace HaActors.Adapters.Notifications;

/// <summary>
/// Proves to a receiver that a call is ours and of now. The header <c>X-HaActors-Signature</c> is <c>sha256=</c> and, in lower-case hex, the HMAC-SHA256 under the
/// webhook's secret (its UTF-8) of: the header <c>X-HaActors-Timestamp</c> (Unix seconds), a dot, the body's bytes.
/// </summary>
public static class WebhookSignature
{
    public const string Header = "X-HaActors-Signature";
    public const string TimestampHeader = "X-HaActors-Timestamp";

    /// <summary>Id of the event, so of the call: a repeated one has it again.</summary>
    public const string IdHeader = "X-HaActors-Event-Id";

    public static string Timestamp(DateTimeOffset now) => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    public static string Of(Secret secret, string timestamp, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(secret);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret.Reveal()));
        hash.AppendData(Encoding.ASCII.GetBytes(timestamp + "."));
        hash.AppendData(body);
        return "sha256=" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
