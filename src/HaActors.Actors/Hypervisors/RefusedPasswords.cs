using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Actors.Hypervisors;

/// <summary>
/// Which devices have refused their password lately. A device locks out whom it refuses too often, so nobody but a person asks with the same refused password again for
/// a while (SAFETY 14). Pure: the clock comes with the question.
/// </summary>
internal sealed class RefusedPasswords
{
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, (FenceDevice Device, TimeSpan At)> _refused = new(StringComparer.Ordinal);

    /// <summary>The device as it was when it refused, if that was less than 15 min ago.</summary>
    public FenceDevice? Of(string device, TimeSpan now) => _refused.TryGetValue(device, out var r) && now - r.At < Lasts ? r.Device : null;

    /// <summary>What the device itself answered.</summary>
    /// <param name="onlyItsName">It was asked who it is and nothing else: many tell their name to everybody, so a name takes nothing back.</param>
    public void Note(FenceDevice device, bool onlyItsName, PowerReading reading, DeviceIdentity? identity, TimeSpan now)
    {
        if (reading.Outcome == PowerOutcome.AuthenticationFailed || identity is DeviceIdentity.Trouble { Outcome: PowerOutcome.AuthenticationFailed })
        {
            _refused[device.Name] = (device, now);
        }
        else if (!onlyItsName)
        {
            _refused.Remove(device.Name);
        }
    }
}
