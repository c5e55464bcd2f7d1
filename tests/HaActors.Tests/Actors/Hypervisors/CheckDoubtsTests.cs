using HaActors.Actors.Hypervisors;
using HaActors.Domain.Fencing;
using Xunit;

namespace HaActors.Tests.Actors.Hypervisors;

public sealed class CheckDoubtsTests
{
    private static readonly DeviceAnswer On = new("a", 1, new PowerReading(PowerOutcome.On, TimeSpan.Zero, "on"), new DeviceIdentity.Known("guid-1"));
    private static readonly DeviceAnswer Silent = On with { Reading = new PowerReading(PowerOutcome.Unreachable, TimeSpan.Zero, "no answer") };
    private static readonly DeviceAnswer Nameless = On with { Identity = new DeviceIdentity.Trouble(PowerOutcome.TimedOut, "no answer") };
    private static readonly DeviceAnswer Refused = On with { Reading = new PowerReading(PowerOutcome.AuthenticationFailed, TimeSpan.Zero, "wrong password") };

    private readonly CheckDoubts _doubts = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_silence_is_a_doubt_and_each_further_one_in_a_row_is_told(bool onlyItsName)
    {
        var silent = onlyItsName ? Nameless : Silent;
        Expect([], true, silent);
        Expect([silent], false, silent);
        Expect([silent], false, silent);
    }

    [Fact]
    public void An_answer_ends_the_doubt()
    {
        Expect([], true, Silent);
        Expect([On], false, On);
        Expect([], true, Silent);
    }

    [Fact]
    public void What_is_no_silence_is_told_at_once() => Expect([Refused], false, Refused);

    [Fact]
    public void Each_device_has_a_doubt_of_its_own()
    {
        var other = Silent with { Device = "b" };
        Expect([On], true, On, other);
        Expect([other], true, Silent, other);
        Expect([Silent, other], false, Silent, other);
    }

    private void Expect(DeviceAnswer[] told, bool doubt, params DeviceAnswer[] answers)
    {
        var found = _doubts.Sift([.. answers]);
        Assert.Equal(told, found.Told);
        Assert.Equal(doubt, found.Doubt);
    }
}
