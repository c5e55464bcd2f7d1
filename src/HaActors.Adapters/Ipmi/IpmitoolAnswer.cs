using HaActors.Adapters.Fencing;
using HaActors.Adapters.Http;
using HaActors.Domain.Fencing;

namespace HaActors.Adapters.Ipmi;

/// <summary>Reads what <c>ipmitool -v</c> 1.8.19 says. Its exit code is only ever 0 or 1, so the text decides, and both must agree for anything good.</summary>
/// <remarks>
/// A text that is not known here is never good news: of a reading it is <see cref="PowerOutcome.Unreachable"/> (nothing was read), of a
/// command <see cref="PowerOutcome.TimedOut"/> (it may have been carried out).
/// </remarks>
internal static class IpmitoolAnswer
{
    private const string NoSession = "Unable to establish IPMI v2 / RMCP+ session";

    /// <summary>Lines that <c>-v</c> adds to every call, good or bad.</summary>
    private static readonly string[] Chatter =
        ["Loading IANA PEN Registry", "Running Get ", "Invalid completion code received", "Discovered IPMB address", "Get HPM.x Capabilities", "Unable to Get Channel Cipher Suites"];

    /// <summary>Said while a session is opened by a BMC that lives and knows better.</summary>
    private static readonly string[] WrongCredentials = ["RAKP 2", "RAKP 4", "unauthorized name", "unauthorized role", "insufficient privilege", "HMAC is invalid"];

    internal static (PowerOutcome Outcome, string Detail) Read(FenceVerb verb, ToolEnd end, IpmiOptions options) => end switch
    {
        ToolEnd.TooLate => (FenceAnswer.TooLate.Outcome, FenceAnswer.TooLate.Detail),
        ToolEnd.NotStarted missing => (PowerOutcome.ToolMissing, $"{missing.Reason}. Install ipmitool on every master, or set HaActors:Ipmi:Tool"),
        ToolEnd.Killed killed => (PowerOutcome.TimedOut,
            $"no end within {Clauses.Seconds(options.CallTimeout)}, the tool was killed{(killed.Reaped ? "" : " and is still not gone")}{After(Said(killed.Output, killed.Errors))}"),
        ToolEnd.Exited exited => Read(verb, exited),
        _ => throw new ArgumentOutOfRangeException(nameof(end), end, "not an end of a run"),
    };

    private static (PowerOutcome, string) Read(FenceVerb verb, ToolEnd.Exited exited)
    {
        var said = Said(exited.Output, exited.Errors);
        if (exited.Code == 0) return ReadGood(verb, exited.Output, said);

        var errors = Lines(exited.Errors).ToArray();
        if (Array.Find(errors, line => line.StartsWith("Set Chassis Power Control to", StringComparison.Ordinal) || line.StartsWith("Get Chassis Power Status failed", StringComparison.Ordinal)) is { } no)
            return (no.Contains("Insufficient privilege", StringComparison.OrdinalIgnoreCase) ? PowerOutcome.AuthenticationFailed : PowerOutcome.Refused, no);
        if (Has(errors, NoSession) || Has(errors, "Could not open socket"))
        {
            if (WrongCredentials.Any(text => Has(errors, text))) return (PowerOutcome.AuthenticationFailed, said);
            // It answers, and has no session for us: a cipher suite that it doesn't know, or no free session.
            return Has(errors, "open session response") ? (PowerOutcome.Refused, said) : (PowerOutcome.Unreachable, said);
        }

        if (Has(errors, "Username is too long") || Has(errors, "password is longer")) return (PowerOutcome.AuthenticationFailed, said);
        if (verb == FenceVerb.Identity && Array.Find(errors, line => line.StartsWith("Unable to send RAW command", StringComparison.Ordinal)) is { } unknown)
        {
            // 0xc1: the BMC doesn't know the command, so it has no GUID.
            if (unknown.Contains("rsp=0xc1", StringComparison.Ordinal)) return (PowerOutcome.Accepted, "");
            return (unknown.Contains("rsp=0xd4", StringComparison.Ordinal) ? PowerOutcome.AuthenticationFailed : PowerOutcome.Refused, unknown);
        }

        return (verb is FenceVerb.Status or FenceVerb.Identity ? PowerOutcome.Unreachable : PowerOutcome.TimedOut, said.Length > 0 ? said : $"exit code {exited.Code} without a word");
    }

    private static (PowerOutcome, string) ReadGood(FenceVerb verb, string output, string said)
    {
        // The whole output, not a part of it: two answers are none.
        var line = output.Trim();
        return (verb, line) switch
        {
            (FenceVerb.Status, "Chassis Power is off") => (PowerOutcome.Off, line),
            (FenceVerb.Status, "Chassis Power is on") => (PowerOutcome.On, line),
            (FenceVerb.Off, "Chassis Power Control: Down/Off") => (PowerOutcome.Accepted, line),
            (FenceVerb.On, "Chassis Power Control: Up/On") => (PowerOutcome.Accepted, line),
            (FenceVerb.Identity, _) => (PowerOutcome.Accepted, line),
            (FenceVerb.Status, _) => (PowerOutcome.Unreachable, $"the tool ended well without a reading{After(said)}"),
            _ => (PowerOutcome.TimedOut, $"the tool ended well without saying that the command was taken{After(said)}"),
        };
    }

    /// <summary>The GUID from the bytes that the BMC sent, in that order; null if it has none: not 16 bytes, or all alike (empty, or never set).</summary>
    internal static string? GuidOf(string bytes)
    {
        var parts = bytes.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 16 || parts.Any(p => p.Length != 2 || !p.All(char.IsAsciiHexDigit)) || parts.Distinct(StringComparer.OrdinalIgnoreCase).Count() == 1) return null;
        return Guid.ParseExact(string.Concat(parts), "N").ToString("D");
    }

    private static bool Has(string[] lines, string text) => Array.Exists(lines, line => line.Contains(text, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => !Chatter.Any(c => line.StartsWith(c, StringComparison.Ordinal)));

    private static string Said(string output, string errors) =>
        Clauses.OneLine(string.Join("; ", Lines(errors).Concat(Lines(output)).Select(line => line.TrimStart('>', ' ')).Distinct()));

    private static string After(string said) => said.Length > 0 ? $": {said}" : "";
}
