using HaActors.AgentApi;
using HaActors.Domain.Ports;
using HaActors.Simulation.World;
using Xunit;

namespace HaActors.Tests.Simulation.World;

/// <summary>Where copies run, what their locks hold, and that two at once never go unseen.</summary>
public sealed class CopiesTests
{
    [Fact]
    public void A_counter_grows_while_a_copy_runs_and_goes_on_from_its_disk_elsewhere()
    {
        using var site = new Site();
        site.Timeline.RunFor(TimeSpan.FromSeconds(100));
        Assert.Equal(100, site.World.Copies(site.Vm1).Single().Counter);
        site.World.PowerLoss(Site.Hv1);
        site.Timeline.RunFor(TimeSpan.FromSeconds(60));

        Site.YesOf(site.Run(Site.Hv2, site.Vm1, 1));

        Assert.InRange(site.World.Copies(site.Vm1).Single().Counter, 100, 110);
    }

    [Fact]
    public void An_image_lock_refuses_a_second_copy_names_the_holder_and_tells_of_the_near_miss()
    {
        using var site = new Site();

        var no = Assert.IsType<AgentResult<RunReport>.No>(site.Run(Site.Hv2, site.Vm1, 1));

        Assert.Equal((AgentCodes.ImageLocked, "hv1"), (no.Code, no.Holder));
        Assert.True(Assert.Single(site.World.Violations).LockHeld);
        Assert.Equal([Site.Hv1], site.RunsOn(site.Vm1));
    }

    [Fact]
    public void Without_locks_two_copies_are_a_violation_with_its_time()
    {
        using var site = new Site(new FleetOptions { Hosts = 2, InstancesPerHost = 1, ImageLocks = false, AgentsKnown = true });

        Site.YesOf(site.Run(Site.Hv2, site.Vm1, 1));

        var violation = Assert.Single(site.World.Violations);
        Assert.Equal("two copies of vm1: hv1 and hv2", violation.Text);
        Assert.False(violation.LockHeld);
        Assert.Contains(site.World.Acts, a => a.At == violation.At && a.Text == "VIOLATION: two copies of vm1: hv1 and hv2");
    }

    [Fact]
    public void A_lease_outlives_its_holder_for_its_time()
    {
        using var site = new Site(new FleetOptions { Hosts = 2, InstancesPerHost = 1, LeaseOutlives = TimeSpan.FromSeconds(90), AgentsKnown = true });
        site.World.PowerLoss(Site.Hv1);

        Assert.Equal(AgentCodes.ImageLocked, Site.CodeOf(site.Run(Site.Hv2, site.Vm1, 1)));
        site.Timeline.RunFor(TimeSpan.FromSeconds(90));
        Site.YesOf(site.Run(Site.Hv2, site.Vm1, 1));

        Assert.Empty(site.World.Violations);
    }

    [Fact]
    public void An_instance_on_a_local_datastore_cannot_start_elsewhere()
    {
        using var site = new Site(new FleetOptions { Hosts = 2, InstancesPerHost = 1, SharedDatastore = false, AgentsKnown = true });
        site.World.PowerLoss(Site.Hv1);

        Assert.Equal(AgentCodes.StartFailed, Site.CodeOf(site.Run(Site.Hv2, site.Vm1, 1)));
    }

    [Fact]
    public void A_boot_starts_what_is_marked_unless_the_instance_is_managed()
    {
        using var site = new Site(new FleetOptions { Hosts = 2, InstancesPerHost = 1 });
        Site.YesOf(site.Wait(() => site.Agent.SetManagedAsync(site.World.EndpointOf(Site.Hv2), site.Fleet.Instance("vm2"), managed: true, mayStart: false, default)));
        site.World.Reboot(Site.Hv1);
        site.World.Reboot(Site.Hv2);
        site.Timeline.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal([Site.Hv1], site.World.Copies().Select(c => c.Hypervisor));
    }

    [Fact]
    public void The_hook_refuses_a_start_by_hand_of_what_moved_away_with_the_agent_dead()
    {
        using var site = new Site();
        site.World.PowerLoss(Site.Hv1);
        Site.YesOf(site.Run(Site.Hv2, site.Vm1, 1));
        site.World.PowerOn(Site.Hv1);
        site.Timeline.RunFor(TimeSpan.FromMinutes(2));
        site.World.KillAgent(Site.Hv1);

        Assert.Contains("not cleared", site.World.StartInstanceByUser(Site.Hv1, site.Vm1), StringComparison.Ordinal);
        Assert.Empty(site.World.Violations);
    }

    [Fact]
    public void A_host_without_the_hook_starts_a_second_copy_and_the_world_sees_it()
    {
        using var site = new Site(new FleetOptions { Hosts = 2, InstancesPerHost = 1, ImageLocks = false, AgentsKnown = true });
        site.World.RemoveHook(Site.Hv1);
        site.World.PowerLoss(Site.Hv1);
        Site.YesOf(site.Run(Site.Hv2, site.Vm1, 1));
        site.World.PowerOn(Site.Hv1);
        site.Timeline.RunFor(TimeSpan.FromMinutes(2));

        Assert.Null(site.World.StartInstanceByUser(Site.Hv1, site.Vm1));
        // Told, and laid at the user's door: no promise of a master is broken.
        Assert.Contains(site.World.Acts, a => a.Text.StartsWith("by its user's hand: two copies of ", StringComparison.Ordinal));
        Assert.Empty(site.World.Violations);
    }

    [Fact]
    public void A_migration_by_an_operator_moves_the_copy_at_one_moment()
    {
        using var site = new Site();
        site.World.MigrateInstanceByOperator(site.Vm1, Site.Hv1, Site.Hv3);
        site.Timeline.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal([Site.Hv3], site.RunsOn(site.Vm1));
        Assert.Empty(site.World.Violations);
    }

    [Fact]
    public void The_same_seed_gives_the_same_acts_and_another_seed_others()
    {
        Assert.Equal(Night(7), Night(7));
        Assert.NotEqual(Night(7), Night(8));
    }

    private static string Night(int seed)
    {
        using var site = new Site(seed: seed);
        site.World.CutCable(Site.Hv1);
        site.ProbeOf(Site.Hv1);
        site.Wait(() => site.Power.TurnOffAsync(site.World.BmcOf(Site.Hv1)!, () => true, default));
        site.Timeline.RunFor(TimeSpan.FromSeconds(5));
        site.Run(Site.Hv2, site.Vm1, 1);
        site.World.PlugCable(Site.Hv1);
        site.Wait(() => site.Power.TurnOnAsync(site.World.BmcOf(Site.Hv1)!, default));
        site.Timeline.RunFor(TimeSpan.FromMinutes(5));
        return site.World.ActLog;
    }
}
