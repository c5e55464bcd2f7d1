using System.Text.Json;
using HaActors.Adapters.Fencing;
using HaActors.Adapters.Http;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.Redfish;

/// <summary>One call: find the system, then read it or give it one order.</summary>
internal sealed class RedfishCall(RedfishDevice device, RedfishConnection connection, Func<bool>? mayStillLeave)
{
    private const string Systems = "/redfish/v1/Systems";
    private OrderContent? _order;

    /// <summary>An order was on its way: without an answer it may have been carried out.</summary>
    internal bool HasLeft => _order is { HasLeft: true };

    internal async Task<FenceAnswer> RunAsync(FenceVerb verb, CancellationToken token)
    {
        var (path, wrong) = await PathAsync(token).ConfigureAwait(false);
        if (wrong is { } nothing) return nothing;
        var reply = await ReadAsync(path!, token).ConfigureAwait(false);
        if (Trouble(reply) is { } trouble) return trouble;
        var system = reply.Root!.Value;
        return verb switch
        {
            FenceVerb.Status => Power(system),
            FenceVerb.Identity => Identity(system),
            FenceVerb.Off => await ResetAsync(path!, system, "ForceOff", token).ConfigureAwait(false),
            FenceVerb.On => await ResetAsync(path!, system, "On", token).ConfigureAwait(false),
            _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "not a command that may be sent"),
        };
    }

    private async Task<(string? Path, FenceAnswer? Wrong)> PathAsync(CancellationToken token)
    {
        if (device.SystemId is { } id) return ($"{Systems}/{Uri.EscapeDataString(id)}", null);
        var reply = await ReadAsync(Systems, token).ConfigureAwait(false);
        if (Trouble(reply) is { } trouble) return (null, trouble);
        var members = Json.Items(reply.Root!.Value, "Members").Select(m => Json.Text(m, "@odata.id")).OfType<string>().ToArray();
        // Only a path below the service: what follows is sent with the password.
        if (members is [{ } only] && only.StartsWith("/redfish/v1/", StringComparison.Ordinal)) return (only, null);
        return (null, new FenceAnswer(PowerOutcome.Refused, members.Length == 0
            ? "it names no computer system that could be switched"
            : $"it has {members.Length} computer systems; set systemId to the one of this hypervisor: {Clauses.OneLine(string.Join(", ", members.Select(m => m.TrimEnd('/').Split('/')[^1])))}"));
    }

    private async Task<RedfishReply> ReadAsync(string path, CancellationToken token)
    {
        var reply = await connection.GetAsync(path, token).ConfigureAwait(false);
        if (reply.Status != 401) return reply;
        return await connection.LogInAsync(reply, token).ConfigureAwait(false) ?? await connection.GetAsync(path, token).ConfigureAwait(false);
    }

    private static FenceAnswer? Trouble(RedfishReply reply) => reply switch
    {
        { IsDenied: true } => new(PowerOutcome.AuthenticationFailed, reply.Says),
        { IsGood: true, Root: not null } => null,
        { IsGood: true } => new(PowerOutcome.Unreachable, $"answered {reply.Status} with a body that is not what Redfish gives"),
        { Status: >= 500 } => new(PowerOutcome.Unreachable, reply.Says),
        _ => new(PowerOutcome.Refused, reply.Says),
    };

    private static FenceAnswer Power(JsonElement system) => Json.Text(system, "PowerState") switch
    {
        "Off" => new(PowerOutcome.Off, "PowerState Off"),
        // On its way to off or on there is power, and a paused one can go on: only Off is off.
        "On" or "PoweringOff" or "PoweringOn" or "Paused" => new(PowerOutcome.On, $"PowerState {Json.Text(system, "PowerState")}"),
        { } other => new(PowerOutcome.Unreachable, $"PowerState {Clauses.OneLine(other)} says neither on nor off"),
        null => new(PowerOutcome.Unreachable, "it tells no PowerState"),
    };

    private static FenceAnswer Identity(JsonElement system)
    {
        if (!Guid.TryParse(Json.Text(system, "UUID"), out var uuid)) return new(PowerOutcome.Accepted, "its computer system tells no UUID");
        // Empty, or never set by its maker.
        return uuid.ToByteArray().Distinct().Count() == 1 ? new(PowerOutcome.Accepted, $"its computer system tells the UUID {uuid:D}, which is none") : new(PowerOutcome.Accepted, "", uuid.ToString("D"));
    }

    private async Task<FenceAnswer> ResetAsync(string path, JsonElement system, string type, CancellationToken token)
    {
        var action = Json.Member(system, "Actions") is { } actions ? Json.Member(actions, "#ComputerSystem.Reset") : null;
        var target = (action is { } reset ? Json.Text(reset, "target") : null) ?? $"{path.TrimEnd('/')}/Actions/ComputerSystem.Reset";
        if (!target.StartsWith("/redfish/v1/", StringComparison.Ordinal)) return new(PowerOutcome.Refused, $"its reset action lies elsewhere: {Clauses.OneLine(target)}");
        if (action is { } named && await AllowedAsync(named, token).ConfigureAwait(false) is { Length: > 0 } allowed && !allowed.Contains(type, StringComparer.Ordinal))
            return new(PowerOutcome.Refused, $"it has no reset type {type}, only {Clauses.OneLine(string.Join(", ", allowed))}");

        if (mayStillLeave is not null && !mayStillLeave()) return FenceAnswer.TooLate;
        // Asked again when a connection stands: a BMC that closes each after its answer lets the order wait for a new one.
        var order = _order = new OrderContent(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["ResetType"] = type }), mayStillLeave);
        RedfishReply reply;
        try
        {
            reply = await connection.PostAsync(target, order, token).ConfigureAwait(false);
        }
        catch (Exception) when (order.IsHeld)
        {
            return FenceAnswer.TooLate;
        }

        if (reply.IsGood) return new(PowerOutcome.Accepted, $"{type} {reply.Says}");
        if (reply.IsDenied) return new(PowerOutcome.AuthenticationFailed, reply.Says);
        if (reply.Status >= 500) return new(PowerOutcome.TimedOut, $"{reply.Says}; the order may have been carried out");
        // Many refuse an off to what is off already. That is a question of status, not of words.
        if (type == "ForceOff" && reply.Status is 400 or 409
            && await ReadAsync(path, token).ConfigureAwait(false) is { IsGood: true, Root: { } now } && Power(now).Outcome == PowerOutcome.Off)
            return new(PowerOutcome.Off, $"{reply.Says}; PowerState Off");
        return new(PowerOutcome.Refused, reply.Says);
    }

    /// <summary>Beside the action, or in a resource of its own; empty if it does not say.</summary>
    private async Task<string[]> AllowedAsync(JsonElement action, CancellationToken token)
    {
        var beside = Texts(Json.Items(action, "ResetType@Redfish.AllowableValues"));
        if (beside.Length > 0) return beside;
        if (Json.Text(action, "@Redfish.ActionInfo") is not { } info || !info.StartsWith("/redfish/v1/", StringComparison.Ordinal)) return [];
        var reply = await ReadAsync(info, token).ConfigureAwait(false);
        return reply is { IsGood: true, Root: { } root }
            ? Texts(Json.Items(root, "Parameters").Where(p => Json.Text(p, "Name") == "ResetType").SelectMany(p => Json.Items(p, "AllowableValues")))
            : [];
    }

    private static string[] Texts(IEnumerable<JsonElement> items) => [.. items.Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)];
}
