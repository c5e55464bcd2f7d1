using HaActors.Agent;
using HaActors.AgentApi;
using Xunit;

namespace HaActors.Tests.Agent;

[Collection(LibvirtTests.Name)]
public sealed class RunnerSpec : IDisposable
{
    private readonly AgentRooms _rooms = new();
    private readonly string _uuid = TestDomain.NewUuid();

    public void Dispose() => _rooms.Dispose();

    [Fact]
    public void Run_defines_and_starts_and_the_same_epoch_again_starts_nothing()
    {
        Assert.Equal(new RunAnswer(_uuid, InstanceState.Running, 3, Already: false), Run(3));
        Assert.True(_rooms.IsActive(_uuid));
        Assert.Equal(new RunAnswer(_uuid, InstanceState.Running, 3, Already: true), Run(3));
    }

    [Fact]
    public void What_the_user_shut_off_later_stays_off_when_its_epoch_is_asked_again()
    {
        Run(3);
        Destroy();
        _rooms.Restart();
        Assert.Equal(new RunAnswer(_uuid, InstanceState.ShutOff, 3, Already: true), Run(3));
        Assert.False(_rooms.IsActive(_uuid));
    }

    [Fact]
    public void A_lower_epoch_is_refused_also_after_a_restart_of_the_agent()
    {
        Run(3);
        Destroy();
        _rooms.Restart();
        Refused(AgentCodes.EpochOld, () => Run(2));
        Assert.False(_rooms.IsActive(_uuid));
    }

    [Fact]
    public void A_floor_that_a_master_told_refuses_that_epoch_itself()
    {
        _rooms.Store.LearnFloors(new Dictionary<string, long> { [_uuid] = 5 });
        Refused(AgentCodes.EpochOld, () => Run(5));
        Assert.False(Run(6).Already);
    }

    [Fact]
    public void An_empty_state_directory_refuses_every_run_until_the_floors_are_told()
    {
        using var blank = new AgentRooms(floorsKnown: false);
        Refused(AgentCodes.EpochsUnknown, () => blank.Runner.Run(blank.Libvirt, _uuid, new RunRequest(TestDomain.Xml(_uuid), 9)));
        blank.Store.LearnFloors(new Dictionary<string, long>());
        blank.Restart();
        Assert.False(blank.Runner.Run(blank.Libvirt, _uuid, new RunRequest(TestDomain.Xml(_uuid), 9)).Already);
    }

    [Fact]
    public void A_higher_epoch_of_what_is_active_is_present_and_changes_nothing()
    {
        Run(3);
        Refused(AgentCodes.Present, () => Run(4));
        Assert.Equal(3, _rooms.Store.Get(_uuid).Floor);
    }

    [Theory]
    [InlineData("floor written")]
    [InlineData("defined")]
    public void A_crash_before_the_start_is_resumed_by_the_same_epoch(string point)
    {
        CrashAt(point);
        Assert.Equal(3, _rooms.Store.Get(_uuid).Floor);
        Refused(AgentCodes.EpochOld, () => Run(2));
        Assert.Equal(new RunAnswer(_uuid, InstanceState.Running, 3, Already: false), Run(3));
    }

    [Fact]
    public void A_crash_after_the_start_is_found_out_by_looking_and_nothing_starts_twice()
    {
        CrashAt("started");
        Assert.True(_rooms.IsActive(_uuid));
        Assert.Equal(0, _rooms.Store.Get(_uuid).Started);
        Assert.Equal(new RunAnswer(_uuid, InstanceState.Running, 3, Already: true), Run(3));
        Destroy();
        Assert.True(Run(3).Already);
        Assert.False(_rooms.IsActive(_uuid));
    }

    [Fact]
    public void A_cancel_between_floor_and_start_stops_the_run_and_takes_the_definition_back()
    {
        var runner = _rooms.NewRunner(step =>
        {
            if (step == "defined") _rooms.Ender.Refuse(_uuid, 3);
        });
        Refused(AgentCodes.EpochOld, () => runner.Run(_rooms.Libvirt, _uuid, new RunRequest(TestDomain.Xml(_uuid), 3)));
        Assert.Null(_rooms.Libvirt.Find(_uuid));
    }

    [Fact]
    public void What_has_no_room_is_refused_before_its_floor_is_written()
    {
        _rooms.Host.MemoryMiB = 2048 + 8192 + 256 + 256 + 100;    // the driver's own guest has 8192 MiB
        Refused(AgentCodes.NoRoom, () => Run(3, TestDomain.Xml(_uuid, memoryMiB: 101)));
        Assert.Equal(0, _rooms.Store.Get(_uuid).Floor);
        Assert.False(Run(3, TestDomain.Xml(_uuid, memoryMiB: 100)).Already);
    }

    [Fact]
    public void Vcpus_are_lent_four_times()
    {
        _rooms.Host.Vcpus = 1;    // 4 to lend, the driver's own guest has 2
        Refused(AgentCodes.NoRoom, () => Run(3, TestDomain.Xml(_uuid, vcpus: 3)));
        Assert.False(Run(3, TestDomain.Xml(_uuid, vcpus: 2)).Already);
    }

    [Theory]
    [InlineData("<domain")]
    [InlineData("<pool/>")]
    [InlineData("<!DOCTYPE d [<!ENTITY e 'x'>]><domain>&e;</domain>")]
    [InlineData("<domain type='test'><name>x</name><memory>1</memory><os><type>hvm</type></os></domain>")]
    public void A_definition_that_is_none_or_another_instances_is_invalid(string xml)
    {
        Refused(AgentCodes.Invalid, () => Run(3, xml));
        Assert.Equal(0, _rooms.Store.Get(_uuid).Floor);
    }

    private RunAnswer Run(long epoch, string? xml = null) => _rooms.Runner.Run(_rooms.Libvirt, _uuid, new RunRequest(xml ?? TestDomain.Xml(_uuid), epoch));

    private void CrashAt(string point)
    {
        var runner = _rooms.NewRunner(step =>
        {
            if (step == point) throw new InvalidOperationException("power cut");
        });
        Assert.Throws<InvalidOperationException>(() => runner.Run(_rooms.Libvirt, _uuid, new RunRequest(TestDomain.Xml(_uuid), 3)));
        _rooms.Restart();
    }

    private void Destroy()
    {
        using var domain = _rooms.Libvirt.Find(_uuid);
        domain!.Destroy();
    }

    private static void Refused(string code, Action act) => Assert.Equal(code, Assert.Throws<AgentRefusal>(act).Problem.Code);
}
