using System.Collections.Immutable;
using HaActors.Actors.Protocol;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;

namespace HaActors.Actors.Hypervisors;

/// <summary>Which levels an attempt tries, in their order, and why each device of the others is not used. Pure.</summary>
/// <param name="Usable">Names of the devices of each level.</param>
internal sealed record FenceLevels(ImmutableArray<ImmutableArray<string>> Usable, ImmutableArray<DeviceFailure> Unused)
{
    /// <param name="request">The state when the attempt was begun or resumed.</param>
    /// <param name="registered">The devices as they are registered now.</param>
    public static FenceLevels Of(HypervisorState request, ImmutableArray<DevicePlace> registered)
    {
        var (usable, unused) = (ImmutableArray.CreateBuilder<ImmutableArray<string>>(), ImmutableArray.CreateBuilder<DeviceFailure>());
        foreach (var level in registered.GroupBy(d => d.Level).OrderBy(g => g.Key))
        {
            var bad = level.Select(d => WhyNot(request, d.Device)).OfType<DeviceFailure>().OrderBy(d => d.Device, StringComparer.Ordinal).ToArray();
            unused.AddRange(bad);
            if (bad.Length == 0)
            {
                // All devices of a level must read off, so one that is no path takes its level with it, and nothing else.
                usable.Add([.. level.Select(d => d.Device).Order(StringComparer.Ordinal)]);
            }
        }

        return new FenceLevels(usable.ToImmutable(), unused.ToImmutable());
    }

    /// <summary>Why a device is not used in this attempt, or null.</summary>
    private static DeviceFailure? WhyNot(HypervisorState request, string device)
    {
        var memory = request.Device(device);
        var cause = !memory.Identified ? FenceFailure.NotIdentified
            : memory.OtherIdentity is not null ? FenceFailure.IdentityChanged
            : memory.SharedWith is not null ? FenceFailure.IdentityShared
            : FenceFailure.Contradicted;
        return request.Excluded.FirstOrDefault(e => e.Device == device) is { } excluded ? new DeviceFailure(device, cause, excluded.Why)
            // Registered since the permit was given: what nobody looked at is not used. Nor is what is known since then to be another machine's. A contradiction, however, is the
            // gate's to judge, which has heard who passes again.
            : !memory.Identified || memory.OtherIdentity is not null || memory.SharedWith is not null ? new DeviceFailure(device, cause, memory.Problem!)
            : null;
    }
}
