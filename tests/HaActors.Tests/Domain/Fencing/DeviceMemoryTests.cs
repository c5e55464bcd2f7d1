using HaActors.Actors.Hypervisors;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Hypervisors;
using Xunit;

namespace HaActors.Tests.Domain.Fencing;

/// <summary>What is remembered of fence devices, and which levels of them are fence paths.</summary>
public sealed class DeviceMemoryTests
{
    private const string Bmc = "ipmi:bmc1:623";
    private const string Strip = "fence_pdu:strip-a/1";
    private static readonly HypervisorId Hv1 = new("hv1");
    private static readonly HypervisorId Hv2 = new("hv2");
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly OperatorAct Anna = new("anna", "I stood before it", T0);
    private static readonly HypervisorState Known = Run(HypervisorState.New(Hv1), new RecordIdentity(Bmc, "guid-1", T0), new RecordIdentity(Strip, null, T0));

    [Fact]
    public void The_first_identity_is_remembered_and_another_one_is_no_fence_path_until_an_operator_accepts_it()
    {
        Assert.Null(Known.Device(Bmc).Problem);
        var changed = Run(Known, new RecordIdentity(Bmc, "guid-2", T0));
        Assert.Contains("guid-2", changed.Device(Bmc).Problem, StringComparison.Ordinal);
        Assert.NotNull(Run(changed, new RecordCheck(Bmc, null, "", T0), new SeeDeviceOn(Bmc, T0)).Device(Bmc).Problem);
        Assert.Null(Run(changed, new RecordIdentity(Bmc, "guid-1", T0)).Device(Bmc).Problem);

        var accepted = Run(changed, new AcceptDevice(Bmc, "guid-2", Anna, T0));
        Assert.Equal((null, "guid-2"), (accepted.Device(Bmc).Problem, accepted.Device(Bmc).Identity));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(accepted, new RecordIdentity(Bmc, "guid-2", T0)));
    }

    [Fact]
    public void One_that_was_never_identified_is_no_fence_path_and_one_without_identity_is() =>
        Assert.Equal((true, true), (HypervisorState.New(Hv1).Device(Bmc).Problem is not null, Known.Device(Strip).Problem is null));

    [Fact]
    public void A_contradiction_stays_with_its_device_alone_across_attempts_and_incidents()
    {
        var state = Run(Known, new ContradictDevice(0, Bmc, "hv1 still answers", [Hv1], T0));
        foreach (var later in new IHypervisorEvent[]
        {
            new DeclaredDown(Hv1, new("hv1-1"), 1, 3, HaActors.Domain.Probing.MissClass.Unreachable, "silent", T0, null, T0),
            new FenceRequested(Hv1, new("hv1-1"), 1, [], [], [], T0),
            new Fenced(Hv1, new("hv1-1"), 1, ProofKind.PoweredOff, [Strip], "off", null, 0, T0),
            new EvacuationStarted(Hv1, new("hv1-1"), T0), new CameUp(Hv1, new("hv1-1"), "boot-2", 0, true, T0),
        })
        {
            state = state.Apply(later);
            Assert.True(state.Device(Bmc).IsContradicted);
            Assert.False(state.Device(Strip).IsContradicted);
        }

        Assert.False(Run(state, new SeeDeviceOn(Bmc, T0)).Device(Bmc).IsContradicted);
        Assert.False(Run(state, new AcceptDevice(Bmc, "guid-1", Anna, T0)).Device(Bmc).IsContradicted);
        // What proved it off in the end was believed after all.
        Assert.False(state.Apply(new Fenced(Hv1, new("hv1-1"), 1, ProofKind.PoweredOff, [Bmc], "off", null, 0, T0)).Device(Bmc).IsContradicted);
    }

    [Fact]
    public void What_an_attempt_finds_against_a_device_excludes_it_until_the_next_permit()
    {
        var fencing = Run(Known with { Phase = HypervisorPhase.Down, IncidentNumber = 1, IncidentOpen = true }, new GrantPermit(1, [Hv2], [], [], T0));
        Assert.Empty(fencing.Excluded);
        foreach (var found in new IHypervisorCommand[] { new ContradictDevice(1, Bmc, "hv1 still answers", [Hv1], T0), new RecordIdentity(Bmc, "guid-2", T0) })
        {
            var state = Run(fencing, found);
            Assert.Equal([Bmc], state.Excluded.Select(e => e.Device));
            // Taken up again by another master, it begins with the other level.
            Assert.Equal([[Strip]], FenceLevels.Of(state, [new(Bmc, 1), new(Strip, 2)]).Usable.Select(l => l.ToArray()));
            Assert.Empty(Run(state, new ExpireFence(1, "late", T0), new GrantPermit(2, [Hv2], [], [], T0)).Excluded);
        }

        Assert.Empty(Run(Known, new ContradictDevice(null, Bmc, "hv1 answers", [Hv1], T0)).Excluded);
        // Learned after the permit by a check of another hypervisor.
        Assert.Equal(
            [new DeviceFailure(Bmc, FenceFailure.IdentityShared, Run(fencing, new RecordShared(Bmc, Hv2, T0)).Device(Bmc).Problem!)],
            FenceLevels.Of(Run(fencing, new RecordShared(Bmc, Hv2, T0)), [new(Bmc, 1), new(Strip, 2)]).Unused.ToArray());
    }

    [Fact]
    public void A_person_excuses_who_contradicted_a_device_and_a_reading_does_not()
    {
        var state = Run(
            Known with { Phase = HypervisorPhase.Down, IncidentNumber = 1, IncidentOpen = true },
            new GrantPermit(1, [Hv2, new("hv3")], [], [], T0), new IssueOff(1, Bmc, T0), new ContradictDevice(1, Bmc, "hv2 no longer passes", [Hv2], T0));
        Assert.Equal([Hv2, new("hv3")], Run(state, new SeeDeviceOn(Bmc, T0)).Peers.ToArray());
        var accepted = Run(state, new AcceptDevice(Bmc, "guid-1", Anna, T0));
        Assert.Equal([new HypervisorId("hv3")], accepted.Peers.ToArray());
        // The next attempt of this incident goes on with what was left.
        Assert.Equal([new HypervisorId("hv3")], Run(accepted, new ExpireFence(1, "late", T0), new GrantPermit(2, [Hv2], [], [], T0)).Peers.ToArray());
    }

    [Fact]
    public void A_check_is_told_once_a_change_and_its_recovery_once()
    {
        var failed = Run(Known, new RecordCheck(Bmc, FenceFailure.Unreachable, "silent", T0));
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(failed, new RecordCheck(Bmc, FenceFailure.Unreachable, "silent again", T0)));
        Assert.IsType<Decision<IHypervisorEvent>.Accepted>(HypervisorDecider.Decide(failed, new RecordCheck(Bmc, FenceFailure.AuthenticationFailed, "no", T0)));
        var well = Run(failed, new RecordCheck(Bmc, null, "", T0));
        Assert.Null(well.Device(Bmc).Trouble);
        Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(well, new RecordCheck(Bmc, null, "", T0)));
    }

    [Fact]
    public void A_device_that_is_silent_together_with_its_host_is_told_only_when_the_host_is_back()
    {
        var suspect = Known with { Phase = HypervisorPhase.Suspect };
        foreach (var silence in new[] { FenceFailure.Unreachable, FenceFailure.TimedOut })
        {
            Assert.IsType<Decision<IHypervisorEvent>.Ignored>(HypervisorDecider.Decide(suspect, new RecordCheck(Bmc, silence, "silent", T0)));
            Assert.IsType<Decision<IHypervisorEvent>.Accepted>(HypervisorDecider.Decide(suspect with { Phase = HypervisorPhase.Healthy }, new RecordCheck(Bmc, silence, "silent", T0)));
        }

        // What answers and refuses has a trouble of its own.
        Assert.IsType<Decision<IHypervisorEvent>.Accepted>(HypervisorDecider.Decide(suspect, new RecordCheck(Bmc, FenceFailure.AuthenticationFailed, "no", T0)));
    }

    [Fact]
    public void A_device_that_is_registered_no_more_is_forgotten_and_a_new_one_of_that_name_is_new()
    {
        var state = Run(Known, new KeepDevices([Strip], T0));
        Assert.NotNull(state.Device(Bmc).Problem);
        Assert.Null(state.Device(Strip).Problem);
    }

    [Fact]
    public void A_level_is_a_path_only_if_each_of_its_devices_is_and_another_level_is_not_touched()
    {
        AskedDevice Asked(string name, int level, string? problem = null) => new(name, level, null, problem, [], null);

        Assert.Null(FencePaths.Of([Asked(Bmc, 1, "contradicted"), Asked(Strip, 2)], _ => null).Problem);
        var paths = FencePaths.Of([Asked(Bmc, 1, "contradicted"), Asked(Strip, 1)], _ => null);
        Assert.Equal($"{Bmc}: contradicted", paths.Problem);
        Assert.Equal([Bmc], paths.Excluded.Select(e => e.Device));
        Assert.NotNull(FencePaths.Of([Asked(Bmc, 1), Asked(Strip, 2)], d => $"no {d.Device}").Problem);
        Assert.NotNull(FencePaths.Of([], _ => null).Problem);
    }

    [Fact]
    public void The_power_on_of_the_policy_comes_after_the_last_end_and_never_on_top_of_a_signature()
    {
        var down = Known.Apply(new DeclaredDown(Hv1, new("hv1-1"), 1, 3, HaActors.Domain.Probing.MissClass.Unreachable, "silent", T0, null, T0)).Apply(new FenceRequested(Hv1, new("hv1-1"), 1, [], [], [], T0));
        HypervisorState Evacuated(ProofKind proof) => down.Apply(new Fenced(Hv1, new("hv1-1"), 1, proof, [Bmc], "off", null, 0, T0)).Apply(new EvacuationStarted(Hv1, new("hv1-1"), T0))
            .Apply(new EvacuationCompleted(Hv1, new("hv1-1"), 2, 0, 0, T0));

        var open = Evacuated(ProofKind.PoweredOff);
        Assert.Equal(0, Run(open, new SendPowerOn(T0)).PowerOns);
        var closed = open.Apply(new IncidentClosed(Hv1, new("hv1-1"), T0));
        Assert.Equal(1, Run(closed, new SendPowerOn(T0)).PowerOns);
        Assert.Equal(HypervisorDecider.MaxPowerOns, Run(closed, new SendPowerOn(T0), new SendPowerOn(T0), new SendPowerOn(T0), new SendPowerOn(T0)).PowerOns);
        Assert.Equal(0, Run(closed with { Maintenance = true }, new SendPowerOn(T0)).PowerOns);
        Assert.Equal(0, Run(Run(closed, new ContradictDevice(null, Bmc, "hv1 answers", [Hv1], T0)), new SendPowerOn(T0)).PowerOns);
        Assert.Equal(0, Run(open.Apply(new IncidentCancelled(Hv1, new("hv1-1"), Anna, T0)).Apply(new IncidentClosed(Hv1, new("hv1-1"), T0)), new SendPowerOn(T0)).PowerOns);
        // Shut down in order, it is somebody's; off by us though it gave notice, it is the policy's.
        Assert.Equal(0, Run(Evacuated(ProofKind.AlreadyOff).Apply(new IncidentClosed(Hv1, new("hv1-1"), T0)) with { Notice = ("boot-1", T0) }, new SendPowerOn(T0)).PowerOns);
        Assert.Equal(1, Run(closed with { Notice = ("boot-1", T0) }, new SendPowerOn(T0)).PowerOns);
        Assert.Equal(0, Run(Evacuated(ProofKind.Acknowledged).Apply(new IncidentClosed(Hv1, new("hv1-1"), T0)), new SendPowerOn(T0)).PowerOns);
    }

    [Fact]
    public void Offs_are_numbered_for_each_device()
    {
        var fencing = Known.Apply(new DeclaredDown(Hv1, new("hv1-1"), 1, 3, HaActors.Domain.Probing.MissClass.Unreachable, "silent", T0, null, T0)).Apply(new FenceRequested(Hv1, new("hv1-1"), 1, [], [], [], T0));
        var state = Run(fencing, new IssueOff(1, Bmc, T0), new IssueOff(1, Bmc, T0), new IssueOff(1, Strip, T0));
        Assert.Equal((3, 2, 1), (state.OffsIssued, state.OffsTo[Bmc], state.OffsTo[Strip]));
    }

    [Fact]
    public void A_shared_identity_makes_both_no_path_until_it_is_shared_no_more()
    {
        var shared = Run(Known, new RecordShared(Bmc, Hv2, T0));
        Assert.Contains("hv2", shared.Device(Bmc).Problem, StringComparison.Ordinal);
        Assert.Null(Run(shared, new RecordShared(Bmc, null, T0)).Device(Bmc).Problem);
    }

    [Fact]
    public void Checks_are_spread_over_their_interval_and_a_restart_shifts_none()
    {
        var hour = TimeSpan.FromHours(1);
        var places = Enumerable.Range(1, 200).Select(n => CheckSchedule.Until(new($"hv{n}"), T0, hour)).ToArray();
        for (var quarter = 0; quarter < 4; quarter++)
            Assert.InRange(places.Count(p => p >= hour / 4 * quarter && p < hour / 4 * (quarter + 1)), 25, 75);
        foreach (var later in new[] { 0, 1, 59, 1800, 3599 })
        {
            var now = T0.AddSeconds(later);
            var due = now + CheckSchedule.Until(Hv1, now, hour);
            Assert.InRange((due - now).TotalSeconds, 0.001, 3600);
            Assert.Equal(CheckSchedule.Spread(Hv1, hour), TimeSpan.FromTicks(due.UtcTicks % hour.Ticks));
        }
    }

    private static HypervisorState Run(HypervisorState state, params IHypervisorCommand[] commands) => commands.Aggregate(
        state,
        (s, c) => HypervisorDecider.Decide(s, c) is Decision<IHypervisorEvent>.Accepted { Events: var events } ? events.Aggregate(s, (x, e) => x.Apply(e)) : s);
}
