using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Adapters.Fencing;

/// <summary>All that is ever asked of a device. Never cycle, never soft: neither ends in a state that proves anything.</summary>
internal enum FenceVerb { Status, Off, On, Identity }

/// <summary>What a device answered.</summary>
/// <param name="Outcome">Of an identity that could be asked: <see cref="PowerOutcome.Accepted"/>.</param>
/// <param name="Id">Only of an identity: null, the device has none.</param>
internal readonly record struct FenceAnswer(PowerOutcome Outcome, string Detail, string? Id = null)
{
    internal static FenceAnswer TooLate { get; } = new(PowerOutcome.NotSent, "it was allowed too long ago, or is not allowed any more");
}

/// <summary>What all kinds of device have in common: the age of a reading, settings that no device could use, and that no secret leaves.</summary>
/// <param name="monotonic">The clock of <see cref="PowerReading.Begun"/>: must be the one that the readings are compared on. Null: <paramref name="time"/>'s timestamp.</param>
public abstract class DeviceSwitch<TDevice>(TimeProvider time, Func<TimeSpan>? monotonic) : IPowerSwitch where TDevice : FenceDevice
{
    private readonly Func<TimeSpan> _now = monotonic ?? (() => time.GetElapsedTime(0));

    public Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping) => ReadingAsync(device, FenceVerb.Status, null, stopping);

    public Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(mayStillLeave);
        return ReadingAsync(device, FenceVerb.Off, mayStillLeave, stopping);
    }

    public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping) => ReadingAsync(device, FenceVerb.On, null, stopping);

    public async Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping)
    {
        var answer = await CallAsync(device, FenceVerb.Identity, null, stopping).ConfigureAwait(false);
        if (answer.Outcome != PowerOutcome.Accepted) return new DeviceIdentity.Trouble(answer.Outcome, answer.Detail);
        return answer.Id is { } id ? new DeviceIdentity.Known(id) : new DeviceIdentity.None(answer.Detail);
    }

    /// <summary>One call, start to end, within its own deadline. Throws only for <paramref name="stopping"/>.</summary>
    private protected abstract Task<FenceAnswer> AskAsync(TDevice device, FenceVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping);

    private protected abstract Secret? SecretOf(TDevice device);

    /// <summary>Settings that the device's side would refuse, or read as something else than they are; null if there are none.</summary>
    private protected virtual FenceAnswer? Unusable(TDevice device) =>
        device.Problem is { } problem ? new FenceAnswer(PowerOutcome.Refused, $"its settings can't be used: {problem}") : null;

    private async Task<PowerReading> ReadingAsync(FenceDevice device, FenceVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping)
    {
        var begun = _now();
        var answer = await CallAsync(device, verb, mayStillLeave, stopping).ConfigureAwait(false);
        return new PowerReading(answer.Outcome, begun, answer.Detail);
    }

    private async Task<FenceAnswer> CallAsync(FenceDevice device, FenceVerb verb, Func<bool>? mayStillLeave, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(device);
        stopping.ThrowIfCancellationRequested();
        if (device is not TDevice mine) return new(PowerOutcome.Refused, $"{device.Name} is of another kind");
        if (Unusable(mine) is { } wrong) return wrong;
        var answer = await AskAsync(mine, verb, mayStillLeave, stopping).ConfigureAwait(false);
        return answer with { Detail = Without(SecretOf(mine), answer.Detail) };
    }

    /// <summary>No device and no tool is known to echo it; should one do so, it ends here.</summary>
    private static string Without(Secret? secret, string detail) =>
        secret is null or { IsEmpty: true } ? detail : detail.Replace(secret.Reveal(), "(secret)", StringComparison.Ordinal);
}
