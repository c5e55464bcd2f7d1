using HaActors.Domain.Probing;
using Xunit;

namespace HaActors.Tests.Simulation.World;

/// <summary>What a master sees of each fault, and how long it takes to see it.</summary>
public sealed class ProbeTests : IDisposable
{
    private readonly Site _site = new();

    [Fact]
    public void A_healthy_host_passes_at_once_and_says_who_it_is()
    {
        var outcome = _site.ProbeOf(Site.Hv1);

        Assert.True(outcome.Passed);
        Assert.Equal((PingFinding.Ok, _site.World.Look(Site.Hv1).Uuid, _site.World.Look(Site.Hv1).BootId), (outcome.Ping, outcome.HypervisorUuid, outcome.BootId));
        Assert.InRange(_site.Timeline.Elapsed, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void A_dead_host_takes_until_the_deadline()
    {
        _site.World.PowerLoss(Site.Hv1);

        var outcome = _site.ProbeOf(Site.Hv1);

        Assert.False(outcome.AnyAnswer);
        Assert.Equal(TimeSpan.FromSeconds(5), _site.Timeline.Elapsed);
    }

    [Fact]
    public void Each_fault_has_its_finding()
    {
        _site.World.KillAgent(Site.Hv1);
        Assert.Equal((PingFinding.Ok, HealthFinding.NoAnswer, "health: connection refused"), Seen());
        _site.World.StartAgent(Site.Hv1);
        _site.World.KillLibvirtd(Site.Hv1);
        Assert.Equal((PingFinding.Ok, HealthFinding.Unhealthy, "health: libvirt does not answer"), Seen());
        _site.World.StartLibvirtd(Site.Hv1);
        _site.World.Hang(Site.Hv1);
        Assert.Equal((PingFinding.Ok, HealthFinding.NoAnswer, "health: no answer within 5 s"), Seen());
        _site.World.Unhang(Site.Hv1);
        _site.World.FilterIcmp(Site.Hv1);
        Assert.Equal((PingFinding.Lost, HealthFinding.Ok, "ping lost, health ok: is ICMP filtered?"), Seen());
        _site.World.CutCable(Site.Hv1);
        Assert.Equal((PingFinding.Lost, HealthFinding.NoAnswer, "ping lost, health: no answer within 5 s"), Seen());
    }

    [Fact]
    public void Another_host_at_the_address_is_no_pass() => Assert.Equal(HealthFinding.WrongHost, _site.ProbeOf(Site.Hv1, knownUuid: "another").Health);

    [Fact]
    public void A_partition_is_between_one_master_and_one_host()
    {
        _site.World.Partition("m1", Site.Hv1);
        Assert.False(_site.ProbeOf(Site.Hv1).Passed);
        Assert.True(_site.ProbeOf(Site.Hv1, master: "m2").Passed);
        Assert.True(_site.ProbeOf(Site.Hv2).Passed);

        _site.World.HealPartition("m1", Site.Hv1);
        _site.World.IsolateMaster("m2");
        Assert.True(_site.ProbeOf(Site.Hv1).Passed);
        Assert.False(_site.ProbeOf(Site.Hv2, master: "m2").Passed);
    }

    [Fact]
    public void The_version_of_the_list_changes_with_the_list_and_only_then()
    {
        var before = _site.ProbeOf(Site.Hv1).InstancesVersion;
        Assert.Equal(before, _site.ProbeOf(Site.Hv1).InstancesVersion);
        _site.World.ShutDownInstance(_site.Vm1);

        Assert.NotEqual(before, _site.ProbeOf(Site.Hv1).InstancesVersion);
    }

    public void Dispose() => _site.Dispose();

    private (PingFinding, HealthFinding, string?) Seen() => _site.ProbeOf(Site.Hv1) is var o ? (o.Ping, o.Health, o.Detail) : default;
}
