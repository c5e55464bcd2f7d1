using System.Text;
using HaActors.Adapters.Fencing;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.FenceAgents;

/// <summary>A <c>fence_…</c> program, one process a call. Its options go over standard input as <c>name=value</c> lines, so nothing of them is on a command line; the only actions are <c>status</c>, <c>off</c> and <c>on</c>.</summary>
/// <param name="monotonic">As <see cref="DeviceSwitch{TDevice}"/> has it.</param>
public sealed class FenceAgentSwitch(FencingOptions options, TimeProvider time, Func<TimeSpan>? monotonic = null) : DeviceSwitch<FenceAgentDevice>(time, monotonic)
{
    private readonly TimeProvider _time = time;

    private protected override Secret? SecretOf(FenceAgentDevice device) => device.Password;

    private protected override async Task<FenceAnswer> AskAsync(FenceAgentDevice device, FenceVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping)
    {
        if (verb == FenceVerb.Identity) return new(PowerOutcome.Accepted, "fence agents tell no identity");
        var path = options.AgentDirectories.Select(d => Path.Combine(d, device.Agent)).FirstOrDefault(File.Exists);
        if (path is null)
            return new(PowerOutcome.ToolMissing, $"{device.Agent} is not in {string.Join(" or ", options.AgentDirectories)}. Install fence-agents on every master, or set HaActors:Fencing:AgentDirectories");
        if (TrustedFile.Problem(path) is { } problem) return new(PowerOutcome.ToolMissing, $"not run: {problem}");

        var end = await ToolRun.RunAsync(CleanCall.Of(path, []), options.CallTimeout, _time, mayStillLeave, stopping, Input(device, verb)).ConfigureAwait(false);
        return end switch
        {
            ToolEnd.TooLate => FenceAnswer.TooLate,
            ToolEnd.NotStarted missing => new(PowerOutcome.ToolMissing, missing.Reason),
            ToolEnd.Killed killed => new(PowerOutcome.TimedOut, ToolText.Killed(killed, options.CallTimeout)),
            ToolEnd.Exited exited => FenceAgentAnswer.Read(verb, exited),
            _ => throw new InvalidOperationException($"{end.GetType().Name} is no end of a run."),
        };
    }

    private static string Input(FenceAgentDevice device, FenceVerb verb)
    {
        var lines = new StringBuilder();
        // The settings were checked: none has a line break, none is the action.
        foreach (var (name, value) in device.Options) lines.Append(name).Append('=').Append(Quoted(value)).Append('\n');
        if (device.Password is { IsEmpty: false } password) lines.Append(device.PasswordOption).Append('=').Append(Quoted(password.Reveal())).Append('\n');
        return lines.Append("action=").Append(Word(verb)).Append('\n').ToString();
    }

    /// <summary>The agents' library takes white space at both ends away, and one pair of quotation marks around it all.</summary>
    private static string Quoted(string value) =>
        value.Length > 0 && (value.Trim().Length < value.Length || (value.Length > 1 && value[0] == '"' && value[^1] == '"')) ? $"\"{value}\"" : value;

    private static string Word(FenceVerb verb) => verb switch
    {
        FenceVerb.Status => "status",
        FenceVerb.Off => "off",
        FenceVerb.On => "on",
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "not an action that may be asked for"),
    };
}
