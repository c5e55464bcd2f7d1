using HaActors.Master;
using HaActors.Master.Settings;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>A wrong setting stops the start with one line that names the key, the value and what is allowed.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("HaActors:Monitor:TickInterval", "30", "00:00:30")]
    [InlineData("HaActors:Monitor:TickInterval", "soon", "00:00:30")]
    [InlineData("HaActors:Monitor:TickInterval", "00:00:00", "00:00:01")]
    [InlineData("HaActors:Monitor:TickInterval", "-00:00:30", "00:00:01")]
    [InlineData("HaActors:Monitor:ProbeTimeout", "00:00:30", "TickInterval")]
    [InlineData("HaActors:Monitor:ProbeTimeout", "00:00:31", "TickInterval")]
    [InlineData("HaActors:Monitor:ProbeParallelism", "0", "from 1 to 100")]
    [InlineData("HaActors:Monitor:ProbeParallelism", "ten", "from 1 to 100")]
    [InlineData("HaActors:Monitor:ConfirmInterval", "00:01:00", "TickInterval")]
    [InlineData("HaActors:Monitor:TickIntervall", "00:00:30", "HaActors:Monitor:TickInterval")]
    [InlineData("HaActors:Gate:StormPercent", "0", "from 1 to 100")]
    [InlineData("HaActors:Gate:StormPercent", "101", "from 1 to 100")]
    [InlineData("HaActors:Gate:MaxFences", "-1", "from 1 to 1000")]
    [InlineData("HaActors:Gate:Witnesses", "gw1,bad host:x", "host:port")]
    [InlineData("HaActors:Gate:Witnesses", "gw1:0", "[address]:port")]
    [InlineData("HaActors:Gate:StormCooldown", "-00:00:01", "00:00:00")]
    [InlineData("HaActors:Gate:MaxFencesWindow", "00:00:00", "00:00:01")]
    [InlineData("HaActors:Ipmi:Deadline", "00:00:01", "00:00:10")]
    [InlineData("HaActors:Ipmi:CallTimeout", "00:00:01", "00:00:07")]
    [InlineData("HaActors:Cluster:Port", "65536", "from 0 to 65535")]
    [InlineData("HaActors:Cluster:Hostname", "a b", "host name")]
    [InlineData("HaActors:Cluster:SeedNodes", "ha1", "host:port")]
    [InlineData("HaActors:Cluster:SeedNodes", "ha1:4053,ha2:4053", "sqlite")]
    [InlineData("HaActors:Auth:AdminToken", "with space", "visible ASCII")]
    [InlineData("Urls", "8080", "http://127.0.0.1:8080")]
    public void A_wrong_value_is_named_with_what_is_allowed(string key, string value, string allowed)
    {
        var wrong = Assert.Throws<SettingsException>(() => Read((key, value)));
        Assert.Contains(key, wrong.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
    }

    [Theory]
    [InlineData("HaActors:Storage:Provider", "mysql")]
    [InlineData("HaActors:Storage:ConnectionString", "Data Source=:memory:")]
    public void A_storage_that_cannot_be_is_named(string key, string value) =>
        Assert.Contains(key, Assert.Throws<SettingsException>(() => Read((key, value))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("--HaActors:Auth:AdminToken", "hush-hush")]
    [InlineData("--haactors:auth:admintoken=hush-hush", null)]
    [InlineData("--HaActors:Storage:ConnectionString", "Host=h;Database=d; password = hush-hush")]
    [InlineData("--HaActors:Storage:ConnectionString=Host=h;Pwd=hush-hush", null)]
    public void A_secret_on_the_command_line_is_refused_and_not_repeated(string first, string? second)
    {
        var wrong = Assert.Throws<SettingsException>(() => CommandLine.CheckArguments(second is null ? [first] : [first, second]));

        Assert.Contains("in the environment (", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", wrong.Message, StringComparison.Ordinal);
        CommandLine.CheckArguments(["--HaActors:Storage:ConnectionString", "Host=h;Database=d;Passfile=/etc/haactors/pgpass", "--Urls=http://127.0.0.1:0"]);
    }

    [Fact]
    public void Without_any_setting_the_defaults_of_the_table_hold()
    {
        var it = Read();
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), 10), (it.Monitor.TickInterval, it.Monitor.ProbeTimeout, it.Monitor.ProbeParallelism));
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), 50), (it.Gate.QuietPeriod, it.Gate.ColdStartGrace, it.Gate.DegradedGrace, it.Gate.StormPercent));
        Assert.Equal(("ipmitool", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15)), (it.Ipmi.Tool, it.Ipmi.Deadline, it.Ipmi.CallTimeout));
        Assert.Equal(("127.0.0.1", 4053), (it.Cluster.Hostname, it.Cluster.Port));
        Assert.Equal(["http://127.0.0.1:8080"], it.Urls.ToArray());
        Assert.Null(it.AdminToken);
        Assert.Empty(it.Cluster.SeedNodes);
    }

    [Fact]
    public void Lists_come_as_text_or_as_an_array()
    {
        Assert.Equal(["gw1", "gw2:443"], Read(("HaActors:Gate:Witnesses", "gw1, gw2:443")).Gate.Witnesses.Select(w => w.Name).ToArray());
        Assert.Equal(["ha1:4053"], Read(("HaActors:Cluster:SeedNodes:0", "ha1:4053")).Cluster.SeedNodes.ToArray());
    }

    private static MasterSettings Read(params (string Key, string Value)[] settings) =>
        MasterSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build());
}
