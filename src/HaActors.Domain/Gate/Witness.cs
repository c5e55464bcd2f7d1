using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace HaActors.Domain.Gate;

/// <summary>Something that answers whenever this master's own network works: a gateway, a name server, a switch.</summary>
/// <param name="Host">Host name or IP address.</param>
/// <param name="Port">1 to 65535: a TCP connection is made. Null: it is pinged.</param>
public sealed record Witness(string Host, int? Port)
{
    /// <summary>As it is written in the settings: <c>host</c>, <c>host:port</c>, <c>[address]:port</c> for IPv6.</summary>
    public string Name => Port is { } port
        ? string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{port}")
        : Host;

    public static bool TryParse(string? text, [NotNullWhen(true)] out Witness? witness)
    {
        witness = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        // An IPv6 address is full of colons; only in brackets can it have a port.
        if (IPAddress.TryParse(text, out _) && !text.StartsWith('['))
        {
            witness = new Witness(text, null);
            return true;
        }

        var colon = text.LastIndexOf(':');
        var (host, port) = colon > 0 && !text.EndsWith(']') ? (text[..colon], text[(colon + 1)..]) : (text, null);
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        if (Uri.CheckHostName(bare) is UriHostNameType.Unknown or UriHostNameType.Basic)
        {
            return false;
        }

        if (port is null)
        {
            witness = new Witness(bare, null);
            return true;
        }

        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65_535)
        {
            return false;
        }

        witness = new Witness(bare, number);
        return true;
    }

    public override string ToString() => Name;
}

/// <summary>What came of asking a witness.</summary>
/// <param name="Detail">One clause: <c>connection refused</c>; null when it answered.</param>
public sealed record WitnessReading(bool Answered, string? Detail);
