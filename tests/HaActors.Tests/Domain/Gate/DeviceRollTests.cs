using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Gate;
using Xunit;

namespace HaActors.Tests.Domain.Gate;

/// <summary>Whose fault silent fence devices are: their own, or the way's to them.</summary>
public sealed class DeviceRollTests
{
    private static readonly LocationId Dc1 = new("dc1");
    private static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly GateState Lost = GateState.New.Apply(new FencePathLost(Dc1, Hosts(3), 3, "no answer", T0));

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(1, 2, false)]
    [InlineData(2, 2, true)]
    [InlineData(2, 4, true)]
    [InlineData(2, 5, false)]
    [InlineData(10, 20, true)]
    [InlineData(9, 20, false)]
    public void Two_at_least_and_half_of_them_are_silent_for_one_reason(int silent, int counted, bool common) =>
        Assert.Equal(common, new DeviceRoll(Dc1, Hosts(silent), counted).IsCommon);

    [Fact]
    public void One_roll_is_no_news_and_two_in_a_row_are()
    {
        var silent = new DeviceRoll(Dc1, Hosts(3), 4);
        Assert.Null(silent.Watch(GateState.New, 1, "no answer", T0));
        var lost = Assert.IsType<FencePathLost>(silent.Watch(GateState.New, 2, "no answer", T0));
        Assert.Equal((3, 4, "no answer"), (lost.Silent.Length, lost.Counted, lost.Detail));

        var well = new DeviceRoll(Dc1, [], 4);
        Assert.Null(well.Watch(GateState.New.Apply(lost), 1, "", T0));
        Assert.Equal(5000, Assert.IsType<FencePathRegained>(well.Watch(GateState.New.Apply(lost), 2, "", T0.AddSeconds(5))).LastedMs);
    }

    [Fact]
    public void What_is_known_is_not_told_again()
    {
        Assert.Null(new DeviceRoll(Dc1, Hosts(3), 3).Watch(Lost, 2, "no answer", T0));
        Assert.Null(new DeviceRoll(Dc1, [], 3).Watch(GateState.New, 2, "", T0));
        Assert.NotNull(new DeviceRoll(new LocationId("dc2"), Hosts(3), 3).Watch(Lost, 2, "no answer", T0));
    }

    [Fact]
    public void While_no_host_answers_nobody_says_that_the_way_is_back()
    {
        Assert.Null(new DeviceRoll(Dc1, [], 0).Watch(Lost, 2, "", T0));
        Assert.Null(new DeviceRoll(Dc1, Hosts(1), 1).Watch(Lost, 2, "", T0));
        Assert.IsType<FencePathRegained>(new DeviceRoll(Dc1, Hosts(1), 2).Watch(Lost, 2, "", T0));
    }

    [Fact]
    public void A_location_that_was_emptied_is_looked_at_no_more()
    {
        var over = Assert.IsType<FencePathRegained>(new DeviceRoll(Dc1, [], 0) { IsEmptied = true }.Watch(Lost, 2, "", T0));
        Assert.Empty(Lost.Apply(over).PathsLost);
        Assert.Contains("no hypervisor with a fence device is left", HypervisorLog.Of(over)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_location_is_asked_as_a_whole_and_of_a_big_one_a_sample_that_is_spread_over_it()
    {
        Assert.Equal(Hosts(5).AsEnumerable(), DeviceRoll.Sample(Hosts(5), null));
        Assert.Equal(["hv2", "hv1", "hv3"], DeviceRoll.Sample(Hosts(3), new("hv2")).Select(h => h.Value));
        ImmutableArray<HypervisorId> big = [.. Enumerable.Range(1000, 500).Select(i => new HypervisorId($"hv{i}"))];
        var sample = DeviceRoll.Sample(big, new("hv1250"));
        Assert.Equal(DeviceRoll.MaxAsked, sample.Distinct().Count());
        Assert.Equal("hv1250", sample[0].Value);
        Assert.InRange(sample.Count(h => string.CompareOrdinal(h.Value, "hv1250") < 0), 8, 11);
    }

    private static ImmutableArray<HypervisorId> Hosts(int n) => [.. Enumerable.Range(1, n).Select(i => new HypervisorId($"hv{i}"))];
}
