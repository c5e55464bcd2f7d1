using HaActors.Adapters.Fencing;
using HaActors.Adapters.Http;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.Executables;

/// <summary>A site's own program, one process a call: <c>PATH status|off|on ARGUMENT…</c>.</summary>
/// <remarks>
/// <c>status</c> prints <c>on</c> or <c>off</c> and nothing else, and exits 0. Exit codes of all three: 0 done, 3 the device refuses user or password, 4 the device does not
/// answer, 6 the device refuses. Any other is no reading, or a command that may have been carried out.
/// </remarks>
public sealed class ExecutableSwitch(FencingOptions options, TimeProvider time, Func<TimeSpan>? monotonic = null) : DeviceSwitch<ExecutableDevice>(time, monotonic)
{
    private const int Denied = 3;
    private const int Silent = 4;
    private const int Refuses = 6;
    private readonly TimeProvider _time = time;

    private protected override Secret? SecretOf(ExecutableDevice device) => device.Password;

    private protected override async Task<FenceAnswer> AskAsync(ExecutableDevice device, FenceVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping)
    {
        if (verb == FenceVerb.Identity) return new(PowerOutcome.Accepted, "a site's own program tells no identity");
        if (TrustedFile.Problem(device.Path) is { } problem) return new(PowerOutcome.ToolMissing, $"not run: {problem}");
        var start = CleanCall.Of(device.Path, [Word(verb), .. device.Arguments.IsDefault ? [] : device.Arguments]);
        if (device.Password is { } password) start.Environment["HAACTORS_FENCE_PASSWORD"] = password.Reveal();
        var end = await ToolRun.RunAsync(start, options.CallTimeout, _time, mayStillLeave, stopping).ConfigureAwait(false);
        return end switch
        {
            ToolEnd.TooLate => FenceAnswer.TooLate,
            ToolEnd.NotStarted missing => new(PowerOutcome.ToolMissing, missing.Reason),
            ToolEnd.Killed killed => new(PowerOutcome.TimedOut, ToolText.Killed(killed, options.CallTimeout)),
            ToolEnd.Exited exited => Read(verb, exited),
            _ => throw new InvalidOperationException($"{end.GetType().Name} is no end of a run."),
        };
    }

    private static FenceAnswer Read(FenceVerb verb, ToolEnd.Exited exited)
    {
        var said = ToolText.Said(exited);
        switch (exited.Code)
        {
            case 0 when verb != FenceVerb.Status:
                return new(PowerOutcome.Accepted, said.Length > 0 ? said : "exit code 0");
            case 0:
                // The whole output, not a part of it: two answers are none.
                return exited.Output.Trim() switch
                {
                    "off" => new(PowerOutcome.Off, "off"),
                    "on" => new(PowerOutcome.On, "on"),
                    _ => new(PowerOutcome.Unreachable, $"status must print 'on' or 'off' and nothing else; it printed '{Clauses.OneLine(exited.Output)}'"),
                };
            case Denied:
                return new(PowerOutcome.AuthenticationFailed, ToolText.WithCode(exited.Code, said));
            case Silent:
                return new(PowerOutcome.Unreachable, ToolText.WithCode(exited.Code, said));
            case Refuses:
                return new(PowerOutcome.Refused, ToolText.WithCode(exited.Code, said));
            default:
                return new(verb == FenceVerb.Status ? PowerOutcome.Unreachable : PowerOutcome.TimedOut, ToolText.WithCode(exited.Code, said));
        }
    }

    private static string Word(FenceVerb verb) => verb switch
    {
        FenceVerb.Status => "status",
        FenceVerb.Off => "off",
        FenceVerb.On => "on",
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "not a command that may be sent"),
    };
}
