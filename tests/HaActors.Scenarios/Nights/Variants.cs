using System.Collections.Immutable;
using HaActors.Actors.Hosting;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Instances;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using HaActors.Scenarios.Run;

namespace HaActors.Scenarios.Nights;

/// <summary>Deliberately wrong products: each breaks one rule of SAFETY.md by a wrong decider or a wrong port. If one of them gets through many nights, the nights prove nothing.</summary>
internal static class Variants
{
    public static ImmutableArray<Variant> All { get; } =
    [
        new("skip-the-proof", "a permit is taken for the proof") { Rules = HaRules.Real with { Hypervisor = SkipTheProof } },
        new("skip-the-store", "an off leaves without FenceOffIssued being stored") { Rules = HaRules.Real with { Hypervisor = SkipTheStore } },
        new("trust-the-exit-code", "an off that was taken is read as off") { Ports = ports => ports with { Power = new TrustingSwitch(ports.Power) } },
        new("forget-the-epoch", "each start gets the epoch of the last one") { Rules = HaRules.Real with { Instance = ForgetTheEpoch } },
        new("take-a-time-out-for-a-no", "a run without an answer is over") { Rules = HaRules.Real with { Instance = TakeATimeOutForANo } },
        new("resume-a-stale-request", "a fence goes on after a restart whatever was seen")
        {
            Rules = HaRules.Real with { Hypervisor = ResumeAStaleRequest },
            Night = "masters/killed-with-a-request-and-the-host-answers.scenario",
        },
        new("one-reading-instead-of-two", "the second reading repeats the first") { Ports = ports => ports with { Power = new ForgetfulSwitch(ports.Power) } },
        new("no-may-run-set", "nobody remembers who may run an instance") { Rules = HaRules.Real with { InstanceAfter = (s, e) => s.Apply(e) with { MayRun = ImmutableSortedDictionary<HypervisorId, Membership>.Empty } } },
    ];

    private static Decision<IHypervisorEvent> SkipTheProof(HypervisorState s, IHypervisorCommand command) =>
        HypervisorDecider.Decide(s, command) is Decision<IHypervisorEvent>.Accepted { Events: [FenceRequested r] }
            ? new Decision<IHypervisorEvent>.Accepted([r, new Fenced(r.HypervisorId, r.Incident, r.Attempt, ProofKind.PoweredOff, [.. s.Devices.Keys], "surely off", null, 0, r.At)])
            : HypervisorDecider.Decide(s, command);

    private static Decision<IHypervisorEvent> SkipTheStore(HypervisorState s, IHypervisorCommand command) =>
        command is IssueOff && HypervisorDecider.Decide(s, command) is Decision<IHypervisorEvent>.Accepted ? new Decision<IHypervisorEvent>.Accepted([]) : HypervisorDecider.Decide(s, command);

    private static Decision<IHypervisorEvent> ResumeAStaleRequest(HypervisorState s, IHypervisorCommand command) =>
        command is ResumeFence r && r.Attempt == s.Attempt && s.Phase == HypervisorPhase.Fencing
            ? new Decision<IHypervisorEvent>.Accepted([new FenceResumed(s.Id, s.Attempt, r.At)])
            : HypervisorDecider.Decide(s, command);

    private static Decision<IInstanceEvent> ForgetTheEpoch(InstanceStatus s, IInstanceCommand command) =>
        InstanceDecider.Decide(s, command) is Decision<IInstanceEvent>.Accepted { Events: var events }
            ? new Decision<IInstanceEvent>.Accepted([.. events.Select(e => e is StartRequested r ? r with { Epoch = Math.Max(1, r.Epoch - 1) } : e)])
            : InstanceDecider.Decide(s, command);

    private static Decision<IInstanceEvent> TakeATimeOutForANo(InstanceStatus s, IInstanceCommand command) =>
        command is RecordRunUnknown u && s.Phase == InstancePhase.Starting && s.Attempt is { } attempt && attempt.Epoch == u.Epoch
            ? new Decision<IInstanceEvent>.Accepted(
            [
                new MemberRemoved(s.Id, attempt.Destination, attempt.Epoch, "", u.At),
                new AttemptEnded(s.Id, s.Recovery!.Incident, attempt.Epoch, attempt.Destination, true, s.Recovery.AttemptsUsed + 1, "it did not answer", null, u.At),
            ])
            : InstanceDecider.Decide(s, command);

    /// <summary>Once an off was taken, the device is said to read off.</summary>
    private sealed class TrustingSwitch(IPowerSwitch real) : IPowerSwitch
    {
        private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

        public async Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping) =>
            await real.ReadAsync(device, stopping) is var reading && _taken.Contains(device.Name) ? reading with { Outcome = PowerOutcome.Off } : reading;

        public async Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping)
        {
            var answer = await real.TurnOffAsync(device, mayStillLeave, stopping);
            if (answer.Outcome == PowerOutcome.Accepted) _taken.Add(device.Name);
            return answer;
        }

        public Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping) => real.IdentityAsync(device, stopping);

        public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping)
        {
            _taken.Remove(device.Name);
            return real.TurnOnAsync(device, stopping);
        }
    }

    /// <summary>After a reading of off, the next question is answered with it once more.</summary>
    private sealed class ForgetfulSwitch(IPowerSwitch real) : IPowerSwitch
    {
        private readonly HashSet<string> _saidOff = new(StringComparer.Ordinal);

        public async Task<PowerReading> ReadAsync(FenceDevice device, CancellationToken stopping)
        {
            var reading = await real.ReadAsync(device, stopping);
            if (_saidOff.Remove(device.Name)) return reading with { Outcome = PowerOutcome.Off };
            if (reading.IsOff) _saidOff.Add(device.Name);
            return reading;
        }

        public Task<PowerReading> TurnOffAsync(FenceDevice device, Func<bool> mayStillLeave, CancellationToken stopping) => real.TurnOffAsync(device, mayStillLeave, stopping);

        public Task<DeviceIdentity> IdentityAsync(FenceDevice device, CancellationToken stopping) => real.IdentityAsync(device, stopping);

        public Task<PowerReading> TurnOnAsync(FenceDevice device, CancellationToken stopping) => real.TurnOnAsync(device, stopping);
    }
}
