using HaActors.Adapters.Http;

namespace HaActors.Adapters.Fencing;

/// <summary>What a program said, in a clause.</summary>
internal static class ToolText
{
    /// <summary>Errors first: they are what an operator looks for.</summary>
    internal static string Said(ToolEnd.Exited exited) => Said(exited.Output, exited.Errors);

    internal static string Said(string output, string errors) =>
        Clauses.OneLine(string.Join("; ", new[] { errors, output }.SelectMany(t => t.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()));

    internal static string WithCode(int code, string said) => said.Length > 0 ? $"{said} (exit code {code})" : $"exit code {code} without a word";

    internal static string Killed(ToolEnd.Killed killed, TimeSpan limit)
    {
        var said = Said(killed.Output, killed.Errors);
        return $"no end within {Clauses.Seconds(limit)}, the tool was killed{(killed.Reaped ? "" : " and is still not gone")}{(said.Length > 0 ? $": {said}" : "")}";
    }
}
