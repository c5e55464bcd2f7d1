using HaActors.Adapters.Fencing;
using HaActors.Domain.Fencing;

namespace HaActors.Adapters.FenceAgents;

/// <summary>Reads what a fence agent says. Exit code and text must agree for anything good.</summary>
/// <remarks>
/// 2 is the exit code of <c>status</c> for off, and also that of wrong arguments, in Python's own words as in the agents' library: alone it proves nothing.
/// 3 is "unable to connect/login", so it does not tell a wrong password from a dead device; only the text may.
/// </remarks>
internal static class FenceAgentAnswer
{
    private const int ReadsOn = 0;
    private const int ReadsOff = 2;
    private const int CannotLogin = 3;
    private const int ConnectionLost = 4;
    private const int PlugUnavailable = 8;
    private const int PasswordMissing = 10;
    private const int NoPrivilege = 11;

    private static readonly string[] WrongCredentials =
        ["password", "passwd", "authenticat", "permission denied", "access denied", "unauthorized", "HMAC is invalid", "RAKP 2", "incorrect login", "login denied"];

    internal static FenceAnswer Read(FenceVerb verb, ToolEnd.Exited exited)
    {
        var said = ToolText.WithCode(exited.Code, ToolText.Said(exited));
        if (verb == FenceVerb.Status)
        {
            switch (exited.Code, Status(exited.Output))
            {
                case (ReadsOff, "OFF"): return new(PowerOutcome.Off, "Status: OFF");
                case (ReadsOn, "ON"): return new(PowerOutcome.On, "Status: ON");
            }
        }
        else if (exited.Code == 0)
        {
            return new(PowerOutcome.Accepted, said);
        }

        return exited.Code switch
        {
            PasswordMissing or NoPrivilege => new(PowerOutcome.AuthenticationFailed, said),
            _ when exited.Code != 0 && SaysCredentials(exited) => new(PowerOutcome.AuthenticationFailed, said),
            // Nothing was said to the device.
            CannotLogin => new(PowerOutcome.Unreachable, said),
            PlugUnavailable => new(PowerOutcome.Refused, said),
            ConnectionLost when verb != FenceVerb.Status => new(PowerOutcome.TimedOut, said),
            _ => new(verb == FenceVerb.Status ? PowerOutcome.Unreachable : PowerOutcome.TimedOut, said),
        };
    }

    /// <summary>The one line that tells the status; several that differ are none.</summary>
    private static string? Status(string output)
    {
        const string begin = "Status:";
        var told = output.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.StartsWith(begin, StringComparison.OrdinalIgnoreCase))
            .Select(line => line[begin.Length..].Trim().ToUpperInvariant()).Distinct().ToArray();
        return told.Length == 1 ? told[0] : null;
    }

    private static bool SaysCredentials(ToolEnd.Exited exited) =>
        WrongCredentials.Any(text => exited.Errors.Contains(text, StringComparison.OrdinalIgnoreCase) || exited.Output.Contains(text, StringComparison.OrdinalIgnoreCase));
}
