using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Hypervisors;

/// <summary>What is asked of a device.</summary>
internal enum Act { Read, Identity, Check, Off, On }

/// <summary>One call that is to be made.</summary>
/// <param name="Then">Runs in the PowerActor, when the call has ended.</param>
internal sealed record Job(Act Act, string Device, Action<PowerReading, DeviceIdentity?> Then)
{
    /// <summary>Of a command that was stored first: it leaves within <see cref="DeviceCalls.OffFresh"/> of this.</summary>
    public TimeSpan? StoredAt { get; init; }

    public bool ByPerson { get; init; }
}

/// <summary>The calls themselves, beside the mailbox: device and credentials are read from the inventory for each, and what is stored first leaves fresh or not at all.</summary>
/// <param name="may">What may leave now; asked from other threads.</param>
internal sealed class DeviceCalls(HypervisorId id, IInventory inventory, IPowerSwitch power, Func<MayLeave> may, CancellationToken stopping)
{
    /// <summary>An off command, and the policy's on, leaves within this time of its own stored write, or not at all (SAFETY 12).</summary>
    public static readonly TimeSpan OffFresh = TimeSpan.FromSeconds(10);

    /// <summary>The devices as they are registered now.</summary>
    public async Task<ImmutableArray<FenceDevice>> RegisteredAsync()
    {
        var known = await inventory.ReadAsync(stopping);
        return known.Hypervisors.TryGetValue(id, out var hypervisor) ? hypervisor.FenceDevices : [];
    }

    /// <param name="refused">The device as it was when it refused its password lately; asked again only if it is registered otherwise now.</param>
    public async Task<(PowerReading Reading, DeviceIdentity? Identity, FenceDevice? Device, bool Asked)> MakeAsync(Job job, FenceDevice? refused, IScheduler scheduler)
    {
        var devices = await RegisteredAsync();
        if (devices.FirstOrDefault(d => d.Name == job.Device) is not { } device)
        {
            const string gone = "it is not registered any more";
            return (new PowerReading(PowerOutcome.Refused, default, gone), new DeviceIdentity.Trouble(PowerOutcome.Refused, gone), null, false);
        }

        if (refused == device)
        {
            const string again = "its user or password was refused; asked again when they change, or after 15 min";
            return (new PowerReading(PowerOutcome.AuthenticationFailed, default, again), new DeviceIdentity.Trouble(PowerOutcome.AuthenticationFailed, again), device, false);
        }

        switch (job.Act)
        {
            case Act.Off:
                return (await power.TurnOffAsync(device, () => may().Off && IsFresh(job, scheduler), stopping), null, device, true);
            case Act.On when job.StoredAt is not null && !(may().On && IsFresh(job, scheduler)):
                return (new PowerReading(PowerOutcome.NotSent, default, "it was wanted too long ago, or is not wanted any more"), null, device, false);
            case Act.On:
                return (await power.TurnOnAsync(device, stopping), null, device, true);
            case Act.Identity:
                var told = await power.IdentityAsync(device, stopping);
                return (Seen(told), told, device, true);
            case Act.Check:
                var reading = await power.ReadAsync(device, stopping);
                // Whom it does not answer, or whom it refuses, it tells no name either; to ask all the same would only bring the lock-out nearer.
                return reading.IsOn || reading.IsOff
                    ? (reading, await power.IdentityAsync(device, stopping), device, true)
                    : (reading, new DeviceIdentity.Trouble(reading.Outcome, reading.Detail), device, true);
            default:
                return (await power.ReadAsync(device, stopping), null, device, true);
        }
    }

    private static bool IsFresh(Job job, IScheduler scheduler) => job.StoredAt is { } stored && scheduler.MonotonicClock - stored < OffFresh;

    /// <summary>For the memory of refusals only.</summary>
    private static PowerReading Seen(DeviceIdentity identity) =>
        identity is DeviceIdentity.Trouble t ? new PowerReading(t.Outcome, default, t.Detail) : new PowerReading(PowerOutcome.Accepted, default, "");

    public static string Trouble(Exception e) => e is OperationCanceledException ? "cancelled" : $"the inventory can't be read: {e.Message}";
}
