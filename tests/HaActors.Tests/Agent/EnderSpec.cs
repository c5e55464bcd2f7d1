using HaActors.Agent;
using HaActors.Agent.Instances;
using HaActors.AgentApi;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace HaActors.Tests.Agent;

[Collection(LibvirtTests.Name)]
public sealed class EnderSpec : IDisposable
{
    private const string Hypervisor = "99999999-0000-4000-8000-000000000001";
    private readonly AgentRooms _rooms = new();
    private readonly string _uuid = TestDomain.NewUuid();

    public void Dispose() => _rooms.Dispose();

    [Fact]
    public void What_was_cancelled_is_refused_for_ever_and_a_higher_epoch_is_not()
    {
        Assert.Equal(new CancelAnswer(Hypervisor, _rooms.Host.BootId, Present: false, RefusedUpTo: 4), Cancel(4));
        _rooms.Restart();
        Refused(AgentCodes.EpochOld, () => Run(4));
        Refused(AgentCodes.EpochOld, () => Run(3));
        Assert.False(Run(5).Already);
    }

    [Fact]
    public void A_lower_cancel_never_lowers_what_is_refused()
    {
        Cancel(4);
        Assert.Equal(4, Cancel(2).RefusedUpTo);
    }

    [Fact]
    public void Cancel_leaves_what_runs_alone_and_says_that_it_is_present()
    {
        Run(3);
        Assert.True(Cancel(3).Present);
        Assert.True(_rooms.IsActive(_uuid));
        Assert.False(_rooms.Store.Get(_uuid).Away);
    }

    [Fact]
    public void Cancel_makes_a_half_made_domain_go()
    {
        var runner = _rooms.NewRunner(step =>
        {
            if (step == "defined") throw new InvalidOperationException("power cut");
        });
        Assert.Throws<InvalidOperationException>(() => runner.Run(_rooms.Libvirt, _uuid, new RunRequest(TestDomain.Xml(_uuid), 3)));
        Assert.NotNull(_rooms.Libvirt.Find(_uuid));
        Assert.False(Cancel(3).Present);
        Assert.Null(_rooms.Libvirt.Find(_uuid));
    }

    [Fact]
    public void Cancel_keeps_a_definition_that_was_here_before()
    {
        using var before = _rooms.Libvirt.Define(TestDomain.Xml(_uuid));
        Cancel(3);
        Assert.NotNull(_rooms.Libvirt.Find(_uuid));
    }

    [Fact]
    public void Stop_ends_the_guest_once_per_epoch()
    {
        Run(3);
        Assert.Equal(new RunAnswer(_uuid, InstanceState.ShutOff, 4, Already: false), Stop(4));
        using var domain = _rooms.Libvirt.Find(_uuid);
        domain!.Start();
        Assert.Equal(new RunAnswer(_uuid, InstanceState.Running, 4, Already: true), Stop(4));
        Refused(AgentCodes.EpochOld, () => Stop(3));
        Assert.True(_rooms.IsActive(_uuid));
    }

    [Fact]
    public void Delete_forgets_what_is_off_and_refuses_what_runs()
    {
        Run(3);
        Refused(AgentCodes.Present, () => _rooms.Ender.Delete(_rooms.Libvirt, _uuid));
        Stop(3);
        _rooms.Ender.Delete(_rooms.Libvirt, _uuid);
        Assert.Null(_rooms.Libvirt.Find(_uuid));
        Assert.True(_rooms.Store.Get(_uuid).Away);
        Refused(AgentCodes.EpochOld, () => Run(2));
    }

    [Fact]
    public void Opting_in_takes_the_autostart_mark_and_opting_out_gives_it_back()
    {
        using var domain = _rooms.Libvirt.Define(TestDomain.Xml(_uuid));
        domain.SetAutostart(true);
        var optIn = new OptIn(_rooms.Store, NullLogger<OptIn>.Instance);

        optIn.Set(_rooms.Libvirt, _uuid, new ManagedRequest(Managed: true, MayStart: false));
        Assert.False(domain.Autostart());
        Assert.True(_rooms.Store.Get(_uuid) is { Managed: true, Guard: true, AutostartWish: true });

        optIn.Set(_rooms.Libvirt, _uuid, new ManagedRequest(Managed: true, MayStart: false));
        Assert.True(_rooms.Store.Get(_uuid).AutostartWish);

        optIn.Set(_rooms.Libvirt, _uuid, new ManagedRequest(Managed: false, MayStart: false));
        Assert.False(domain.Autostart());
        Assert.True(_rooms.Store.Get(_uuid) is { Managed: false, Guard: true });

        optIn.Set(_rooms.Libvirt, _uuid, new ManagedRequest(Managed: false, MayStart: true));
        Assert.True(domain.Autostart());
        Assert.False(_rooms.Store.Get(_uuid).Guard);
    }

    private RunAnswer Run(long epoch) => _rooms.Runner.Run(_rooms.Libvirt, _uuid, new RunRequest(TestDomain.Xml(_uuid), epoch));

    private RunAnswer Stop(long epoch) => _rooms.Ender.Stop(_rooms.Libvirt, _uuid, epoch);

    private CancelAnswer Cancel(long epoch)
    {
        _rooms.Ender.Refuse(_uuid, epoch);
        return _rooms.Ender.Cancel(_rooms.Libvirt, Hypervisor, _uuid);
    }

    private static void Refused(string code, Action act) => Assert.Equal(code, Assert.Throws<AgentRefusal>(act).Problem.Code);
}
