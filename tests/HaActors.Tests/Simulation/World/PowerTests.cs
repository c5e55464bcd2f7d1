using HaActors.Domain.Fencing;
using HaActors.Simulation.World;
using Xunit;

namespace HaActors.Tests.Simulation.World;

/// <summary>Each way in which a BMC behaves, seen from a master and from the world.</summary>
public sealed class PowerTests : IDisposable
{
    private readonly Site _site = new();

    [Fact]
    public void An_off_is_accepted_and_then_reads_off_and_ends_the_copies()
    {
        Assert.Equal(PowerOutcome.On, Read());
        Assert.Equal(PowerOutcome.Accepted, Off());
        _site.Timeline.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(PowerOutcome.Off, Read());
        Assert.Empty(_site.RunsOn(_site.Vm1));
        Assert.Equal(
            ["off hv1 sent by m1", "hv1 power off", "vm1 copy ended on hv1 (power)"],
            _site.World.Acts.Select(a => a.Text).Where(t => t.Contains("hv1", StringComparison.Ordinal)).TakeLast(3));
    }

    [Theory]
    [InlineData(BmcMode.Lie, PowerOutcome.Accepted, PowerOutcome.On, true)]
    [InlineData(BmcMode.LieStatus, PowerOutcome.Accepted, PowerOutcome.Off, true)]
    [InlineData(BmcMode.FailGet, PowerOutcome.Accepted, PowerOutcome.Refused, false)]
    [InlineData(BmcMode.FailSet, PowerOutcome.Refused, PowerOutcome.On, true)]
    [InlineData(BmcMode.DieMidSession, PowerOutcome.TimedOut, PowerOutcome.Unreachable, true)]
    [InlineData(BmcMode.DieSet, PowerOutcome.TimedOut, PowerOutcome.Off, false)]
    [InlineData(BmcMode.Hang, PowerOutcome.TimedOut, PowerOutcome.TimedOut, true)]
    [InlineData(BmcMode.WrongPassword, PowerOutcome.AuthenticationFailed, PowerOutcome.AuthenticationFailed, true)]
    public void Each_mode_answers_in_its_way(BmcMode mode, PowerOutcome off, PowerOutcome thenReads, bool stillRuns)
    {
        _site.World.SetBmcMode(Site.Hv1, mode);

        Assert.Equal(off, Off());
        _site.Timeline.RunFor(TimeSpan.FromSeconds(5));

        Assert.Equal(thenReads, Read());
        Assert.Equal(stillRuns, _site.World.Look(Site.Hv1).Power == HostPower.On);
    }

    [Fact]
    public void A_late_answer_counts_until_the_call_ends_and_the_command_is_done_either_way()
    {
        _site.World.SetBmcMode(Site.Hv1, BmcMode.Late, TimeSpan.FromSeconds(10));
        Assert.Equal(PowerOutcome.On, Read());
        _site.World.SetBmcMode(Site.Hv1, BmcMode.Late, TimeSpan.FromSeconds(20));
        Assert.Equal(PowerOutcome.TimedOut, Off());

        Assert.Equal(HostPower.Off, _site.World.Look(Site.Hv1).Power);
    }

    [Fact]
    public void A_bmc_off_the_network_or_dead_with_its_host_is_unreachable()
    {
        _site.World.BmcOffNetwork(Site.Hv1);
        Assert.Equal(PowerOutcome.Unreachable, Read());
        _site.World.BmcOnNetwork(Site.Hv1);
        _site.World.PowerLoss(Site.Hv1);
        Assert.Equal(PowerOutcome.Off, Read());

        _site.World.PowerOn(Site.Hv1);
        _site.Timeline.RunFor(TimeSpan.FromMinutes(2));
        _site.World.SetBmcDiesWithHost(Site.Hv1);
        _site.World.PowerLoss(Site.Hv1);
        Assert.Equal(PowerOutcome.Unreachable, Read());
    }

    [Fact]
    public void Swapped_bmcs_switch_the_other_host()
    {
        _site.World.SwapBmcs(Site.Hv1, Site.Hv2);

        Assert.Equal(PowerOutcome.Accepted, Off());
        _site.Timeline.RunFor(TimeSpan.FromSeconds(5));

        // One password for all, as sites have it: the device of hv1 reads off, and hv1 runs on.
        Assert.Equal(PowerOutcome.Off, Read());
        Assert.Equal(HostPower.On, _site.World.Look(Site.Hv1).Power);
        Assert.Equal(HostPower.Off, _site.World.Look(Site.Hv2).Power);
    }

    [Fact]
    public void What_may_no_longer_leave_is_not_sent()
    {
        var reading = _site.Wait(() => _site.Power.TurnOffAsync(_site.World.BmcOf(Site.Hv1)!, () => false, default));
        _site.Timeline.RunFor(TimeSpan.FromSeconds(30));

        Assert.Equal(PowerOutcome.NotSent, reading.Outcome);
        Assert.Equal(HostPower.On, _site.World.Look(Site.Hv1).Power);
        Assert.DoesNotContain(_site.World.Acts, a => a.Text.StartsWith("off ", StringComparison.Ordinal));
    }

    [Fact]
    public void An_off_whose_master_is_gone_is_carried_out()
    {
        using var stopping = new CancellationTokenSource();
        Task<PowerReading>? call = null;
        _site.Timeline.After(TimeSpan.Zero, () => call = _site.Power.TurnOffAsync(_site.World.BmcOf(Site.Hv1)!, () => true, stopping.Token));
        _site.Timeline.After(TimeSpan.FromMilliseconds(1), stopping.Cancel);
        _site.Timeline.RunFor(TimeSpan.FromSeconds(10));

        Assert.True(call!.IsCanceled);
        Assert.Equal(HostPower.Off, _site.World.Look(Site.Hv1).Power);
    }

    [Fact]
    public void Power_on_boots_the_host_with_a_new_boot_id()
    {
        var before = _site.World.Look(Site.Hv1).BootId;
        _site.World.PowerLoss(Site.Hv1);
        _site.Wait(() => _site.Power.TurnOnAsync(_site.World.BmcOf(Site.Hv1)!, default));
        Assert.Equal(HostPower.Booting, _site.World.Look(Site.Hv1).Power);
        _site.Timeline.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal(HostPower.On, _site.World.Look(Site.Hv1).Power);
        Assert.NotEqual(before, _site.World.Look(Site.Hv1).BootId);
    }

    public void Dispose() => _site.Dispose();

    private PowerOutcome Read() => _site.Wait(() => _site.Power.ReadAsync(_site.World.BmcOf(Site.Hv1)!, default)).Outcome;

    private PowerOutcome Off() => _site.Wait(() => _site.Power.TurnOffAsync(_site.World.BmcOf(Site.Hv1)!, () => true, default)).Outcome;
}
