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
    public void Without_an_address_another_plug_is_another_device_by_name_and_key_and_the_key_shows_no_option()
    {
        var one = Agent(("region", "eu-1"), ("plug", "i-1"));
        Assert.Null((one with { PasswordOption = "secret_key" }).Problem);
        Assert.Equal("fence_apc/i-1", one.Name);
        Assert.NotEqual(one.Key, Agent(("region", "eu-1"), ("plug", "i-2")).Key);
        Assert.DoesNotContain("eu-1", one.Key, StringComparison.Ordinal);
        Assert.Equal("fence_apc:10.0.0.5:8161/3", Agent(("ip", "10.0.0.5"), ("ipport", "8161"), ("plug", "3")).Name);
    }

    [Fact]
    public void One_BMC_is_known_in_whichever_way_it_is_registered()
    {
        var ipmi = new IpmiDevice("BMC1.example", 623, "admin", Password, 3);
        FenceDevice[] same =
        [
            new RedfishDevice(new Uri("https://bmc1.example"), "admin", Password, "1"),
            Agent(("ip", "bmc1.example")) with { Agent = "fence_ipmilan" },
            Agent(("ipaddr", "bmc1.example."), ("ipport", "623")) with { Agent = "fence_ipmilan" },
            Agent(("ip", "bmc1.example")) with { Agent = "fence_redfish" },
            Agent(("ip", "bmc1.example")) with { Agent = "fence_ilo5" },
            Agent(("ip", "bmc1.example")) with { Agent = "fence_idrac" },
        ];
        FenceDevice[] others =
        [
            ipmi with { Host = "bmc2.example" },
            // Forwarded to another machine.
            ipmi with { Port = 6230 },
            Agent(("ip", "bmc1.example"), ("ipport", "6230")) with { Agent = "fence_ipmilan" },
            // A strip or a program at that address is no BMC.
            Agent(("ip", "bmc1.example")),
            new ExecutableDevice("/x", ["bmc1.example"], null),
        ];
        Assert.All(same, d => Assert.True(d.Bmc!.MayBe(ipmi.Bmc!) && ipmi.Bmc!.MayBe(d.Bmc!), d.Name));
        Assert.All(others, d => Assert.False(d.Bmc is { } bmc && bmc.MayBe(ipmi.Bmc!), d.Name));

        // Several systems behind one address are several machines, if each is named.
        var first = new RedfishDevice(new Uri("https://c1"), "admin", Password, "1");
        Assert.False(first.Bmc!.MayBe((first with { SystemId = "2" }).Bmc!));
        Assert.True(first.Bmc!.MayBe((first with { SystemId = null }).Bmc!));
        Assert.True(first.Bmc!.MayBe((Agent(("ip", "c1"), ("systems_uri", "/redfish/v1/Systems/1/")) with { Agent = "fence_redfish" }).Bmc!));
    }

    [Fact]
    public void Devices_are_equal_by_what_they_hold()
    {
        Assert.Equal(Agent(("ip", "10.0.0.5")), Agent(("ip", "10.0.0.5")));
        Assert.Equal(new ExecutableDevice("/x", ["a"], Password), new ExecutableDevice("/x", ["a"], new Secret("s3cret-pw")));
        Assert.NotEqual(new ExecutableDevice("/x", ["a"], Password), new ExecutableDevice("/x", ["b"], Password));
        Assert.NotEqual(Agent(("ip", "10.0.0.5")), Agent(("ip", "10.0.0.5")) with { Password = new Secret("other") });
        Assert.NotEqual(Agent(("ip", "10.0.0.5")), Agent(("ip", "10.0.0.5")) with { Level = 2 });
        Assert.NotEqual(Agent(("ip", "10.0.0.5")), Agent(("ip", "10.0.0.5")) with { PasswordOption = "token" });
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
        { "option 'secret_key'", 20, Said(Agent(("secret_key", "x"))) },
        { "option 'Api-Key'", 21, Said(Agent(("Api-Key", "x"))) },
        { "option 'community'", 22, Said(Agent(("community", "x"))) },
        { "option 'access_key'", 23, Said(Agent(("access_key", "x"))) },
        { "option 'auth_token'", 24, Said(Agent(("auth_token", "x"))) },
        { "passwordOption 'plug'", 25, Said(Agent() with { PasswordOption = "plug" }) },
        { "passwordOption 'passwd_script'", 26, Said(Agent() with { PasswordOption = "passwd_script" }) },
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
