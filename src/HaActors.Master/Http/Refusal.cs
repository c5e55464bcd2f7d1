using HaActors.Api;

namespace HaActors.Master.Http;

/// <summary>The edge says no. The message says what was wrong, what is allowed and what to do; nothing was changed.</summary>
internal sealed class Refusal(int status, string code, string message) : Exception(message)
{
    internal Refusal(ProblemInfo problem) : this(problem.Status, problem.Code, problem.Detail)
    {
    }

    public int Status { get; } = status;

    public string Code { get; } = code;

    internal static Refusal Bad(string code, string message) => new(StatusCodes.Status400BadRequest, code, message);

    internal static Refusal NotFound(string what, string id) => new(StatusCodes.Status404NotFound, "not-found", $"There is no {what} '{Shown.Short(id)}'.");

    internal static Refusal Conflict(string code, string message) => new(StatusCodes.Status409Conflict, code, message);
}

/// <summary>What somebody else wrote, cut and made harmless for a message or a log line.</summary>
internal static class Shown
{
    internal static string Short(string? text) => text is null ? "" : new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);
}
