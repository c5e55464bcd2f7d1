using HaActors.AgentApi;

namespace HaActors.Agent;

/// <summary>The agent's "no" to a request: becomes an <see cref="AgentProblem"/> with its status code.</summary>
internal sealed class AgentRefusal(int status, string code, string message, string? holder = null, long? refusedUpTo = null) : Exception(message)
{
    internal int Status { get; } = status;

    internal AgentProblem Problem { get; } = new(code, message, holder, refusedUpTo);

    internal static AgentRefusal Conflict(string code, string message, string? holder = null) => new(409, code, message, holder);

    /// <summary>A start whose epoch is too low.</summary>
    internal static AgentRefusal EpochOld(string message, long? refusedUpTo) => new(409, AgentCodes.EpochOld, message, refusedUpTo: refusedUpTo);

    internal static AgentRefusal Invalid(string message) => new(400, AgentCodes.Invalid, message);

    internal static AgentRefusal NotFound(string message) => new(404, AgentCodes.NotFound, message);
}
