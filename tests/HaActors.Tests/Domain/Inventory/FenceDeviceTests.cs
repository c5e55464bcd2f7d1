using System.Collections.Immutable;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using Xunit;

namespace HaActors.Tests.Domain.Inventory;

public sealed class FenceDeviceTests
{
    private static readonly Secret Password = new("s3cret-pw");

    private static readonly FenceDevice[] All =
    [
        new IpmiDevice("10.0.0.11", 623, "admin", Password, 3),
        new RedfishDevice(new Uri("https://10.0.0.11"), "admin", Password, "1", new string('a', 64)),
        Agent(("ip", "10.0.0.5"), ("plug", "3")),
        new ExecutableDevice("/usr/local/sbin/cut", ["hv1"], Password),
    ];

    [Fact]
    public void Names_and_keys_are_what_events_and_the_rule_of_one_device_need()
    {
        Assert.Equal(["ipmi:10.0.0.11:623", "redfish:10.0.0.11/1", "fence_apc:10.0.0.5/3", "exec:/usr/local/sbin/cut hv1"], All.Select(d => d.Name));
        Assert.All(All, d => Assert.Null(d.Problem));
        Assert.Equal(All.Length, All.Select(d => d.Key).Distinct().Count());
    }

    [Fact]
    public void No_text_of_a_device_has_its_secret() =>
        Assert.All(All, d => Assert.DoesNotContain("s3cret-pw", $"{d} {d.Name} {d.Key}", StringComparison.Ordinal));

    [Fact]
    public void One_address_in_two_spellings_is_one_device()
    {
        Assert.Equal(new IpmiDevice("BMC1.example.", 623, "a", Password, 3).Key, new IpmiDevice("bmc1.example", 623, "b", Secret.None, null).Key);
        Assert.Equal(new IpmiDevice("FE80::0:1", 623, "a", Password, 3).Key, new IpmiDevice("fe80::1", 623, "b", Secret.None, null).Key);
        Assert.Equal(new RedfishDevice(new Uri("https://BMC1.example/"), "a", Password).Key, new RedfishDevice(new Uri("https://bmc1.example:443"), "b", Password).Key);
        Assert.Equal(Agent(("ipaddr", "10.0.0.5"), ("port", "3")).Key, Agent(("ip", "10.0.0.5"), ("plug", "3"), ("username", "x")).Key);
        Assert.NotEqual(Agent(("ip", "10.0.0.5"), ("plug", "4")).Key, Agent(("ip", "10.0.0.5"), ("plug", "3")).Key);
    }

    [Fact]
    public void Devices_are_equal_by_what_they_hold()
    {
        Assert.Equal(Agent(("ip", "10.0.0.5")), Agent(("ip", "10.0.0.5")));
        Assert.Equal(new ExecutableDevice("/x", ["a"], Password), new ExecutableDevice("/x", ["a"], new Secret("s3cret-pw")));
        Assert.NotEqual(new ExecutableDevice("/x", ["a"], Password), new ExecutableDevice("/x", ["b"], Password));
        Assert.NotEqual(Agent(("ip", "10.0.0.5")), Agent(("ip", "10.0.0.5")) with { Password = new Secret("other") });
        Assert.NotEqual(Agent(("ip", "10.0.0.5")), Agent(("ip", "10.0.0.5")) with { Level = 2 });
    }

    public static TheoryData<string, int, string> Bad() => new()
    {
        { "level", 1, Said(All[0] with { Level = 10 }) },
        { "host", 2, Said(new IpmiDevice("-H", 623, "a", Password, 3)) },
        { "url", 3, Said(new RedfishDevice(new Uri("ftp://10.0.0.1"), "a", Password)) },
        { "url", 4, Said(new RedfishDevice(new Uri("https://10.0.0.1/redfish"), "a", Password)) },
        { "url", 5, Said(new RedfishDevice(new Uri("https://u:p@10.0.0.1"), "a", Password)) },
        { "username", 6, Said(new RedfishDevice(new Uri("https://10.0.0.1"), "a:b", Password)) },
        { "systemId", 7, Said(new RedfishDevice(new Uri("https://10.0.0.1"), "a", Password, "../Chassis")) },
        { "certificateSha256", 8, Said(new RedfishDevice(new Uri("https://10.0.0.1"), "a", Password, null, "ab:cd")) },
        { "certificateSha256", 9, Said(new RedfishDevice(new Uri("http://10.0.0.1"), "a", Password, null, new string('a', 64))) },
        { "agent", 10, Said(Agent() with { Agent = "fence_../../bin/sh" }) },
        { "agent", 11, Said(Agent() with { Agent = "reboot" }) },
        { "option 'action'", 12, Said(Agent(("action", "reboot"))) },
        { "option 'delay'", 13, Said(Agent(("delay", "30"))) },
        { "option 'password'", 14, Said(Agent(("password", "x"))) },
        { "option 'passwd_script'", 15, Said(Agent(("passwd_script", "/x"))) },
        { "option 'ip'", 16, Said(Agent(("ip", "10.0.0.1\naction=reboot"))) },
        { "path", 17, Said(new ExecutableDevice("cut", [], null)) },
        { "path", 18, Said(new ExecutableDevice("/usr/../tmp/cut", [], null)) },
        { "arguments", 19, Said(new ExecutableDevice("/x", ["a\0b"], null)) },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_setting_that_no_adapter_could_use_is_named(string setting, int number, string problem) =>
        Assert.True(problem.StartsWith(setting, StringComparison.Ordinal), $"{number}: {problem}");

    private static string Said(FenceDevice device) => device.Problem ?? "";

    private static FenceAgentDevice Agent(params (string Name, string Value)[] options) =>
        new("fence_apc", options.ToImmutableSortedDictionary(o => o.Name, o => o.Value, StringComparer.Ordinal), Password);
}
