using HaActors.Agent.Hosts;
using HaActors.Agent.Instances;
using HaActors.Agent.Libvirt;
using HaActors.AgentApi;
using Xunit;

namespace HaActors.Tests.Agent;

[Collection(LibvirtTests.Name)]
public sealed class LibvirtPoolSpec
{
    private const string DriversOwnGuest = "6695eb01-f6a4-8304-79aa-97f2502e193f";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_binding_lists_finds_and_reads_a_domain()
    {
        using var pool = new LibvirtPool(LibvirtTestDriver.Uri);
        var seen = await pool.ReadAsync(libvirt =>
        {
            Assert.Contains(DriversOwnGuest, libvirt.Domains().Select(d =>
            {
                using (d) return d.Uuid();
            }));
            using var domain = libvirt.Find(DriversOwnGuest)!;
            return (Name: domain.Name(), domain.State().State, Persistent: domain.IsPersistent(), Size: domain.Size(), Xml: Definition.Parse(domain.Definition()));
        }, Long);
        Assert.Equal(("test", InstanceState.Running, true, (8192L, 2)), (seen.Name, seen.State, seen.Persistent, seen.Size));
        Assert.Equal((DriversOwnGuest, 8192L, "/guest/diskimage1"), (seen.Xml.Uuid, seen.Xml.MemoryMiB, Assert.Single(seen.Xml.Disks).Source));
    }

    [Fact]
    public async Task A_uuid_that_libvirt_does_not_know_is_null_and_a_bad_definition_is_its_own_error()
    {
        using var pool = new LibvirtPool(LibvirtTestDriver.Uri);
        Assert.True(await pool.ReadAsync(libvirt => libvirt.Find(TestDomain.NewUuid()) is null, Long));
        var error = await Assert.ThrowsAsync<LibvirtException>(() => pool.ReadAsync(libvirt => libvirt.Define("<domain type='test'/>").Name(), Long));
        Assert.Contains("name", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_libvirt_that_cannot_be_reached_is_down_and_says_where()
    {
        using var pool = new LibvirtPool("qemu+unix:///system?socket=/nonexistent/libvirt-sock");
        var down = await Assert.ThrowsAsync<LibvirtDownException>(() => pool.ReadAsync(libvirt => libvirt.IsAlive, Long));
        Assert.Contains("/nonexistent/libvirt-sock", down.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_that_hang_are_left_behind_and_their_number_is_bounded()
    {
        var threads = new BoundedThreads("a thing", most: 2);
        using var stuck = new ManualResetEventSlim();
        for (var i = 0; i < 2; i++)
        {
            var late = await Assert.ThrowsAsync<TimeoutException>(() => threads.RunAsync(() => stuck.Wait(Long), TimeSpan.FromMilliseconds(1)));
            Assert.Contains("a thing has not answered", late.Message, StringComparison.Ordinal);
        }

        var refused = await Assert.ThrowsAsync<TimeoutException>(() => threads.RunAsync(() => 1, Long));
        Assert.Contains("2 calls to a thing are running or stuck", refused.Message, StringComparison.Ordinal);
        stuck.Set();
        // It takes new work as soon as one of them has ended.
        for (var deadline = TimeProvider.System.GetTimestamp(); threads.Busy > 0 && TimeProvider.System.GetElapsedTime(deadline) < Long;) await Task.Yield();
        Assert.Equal(1, await threads.RunAsync(() => 1, Long));
    }
}
