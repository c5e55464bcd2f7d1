using HaActors.Storage.Inventory;

namespace HaActors.Master.Http;

/// <summary>Who asks, and why.</summary>
internal static class Operators
{
    internal const string Header = "X-Operator";

    /// <summary>1 to 64 visible characters from <c>X-Operator</c>, else <c>admin</c>: there is one token, so the name is the operator's own word.</summary>
    internal static string Who(HttpContext http)
    {
        string? name = http.Request.Headers[Header];
        if (string.IsNullOrWhiteSpace(name))
            return "admin";
        name = name.Trim();
        return name.Length <= 64 && !name.Any(char.IsControl)
            ? name
            : throw Refusal.Bad("invalid-operator", $"The header {Header} must be a name of at most 64 visible characters.");
    }

    internal static OperatorChange Change(HttpContext http, TimeProvider time) => new(Who(http), time.GetUtcNow());

    /// <summary>At most 500 characters on one line; empty when none is given.</summary>
    internal static string Reason(string? given, string? neededFor = null)
    {
        var reason = given?.Trim() ?? "";
        if (reason.Length == 0 && neededFor is not null)
            throw Refusal.Bad("reason-required", $"{neededFor} needs a reason, which goes to the event log: send {{\"reason\":\"…\"}}.");
        return reason.Length <= 500 && !reason.Any(char.IsControl)
            ? reason
            : throw Refusal.Bad("invalid-reason", "The reason must be at most 500 characters on one line.");
    }
}
