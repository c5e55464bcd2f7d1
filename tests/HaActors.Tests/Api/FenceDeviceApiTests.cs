using HaActors.Actors.Protocol;
using HaActors.Api;
using HaActors.Domain.Hypervisors;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>Fence devices: one list, of which <c>ipmi</c> is the BMC of level 1; secrets go in and never out.</summary>
public sealed class FenceDeviceApiTests
{
    private static readonly FenceDeviceBody Bmc = new() { Type = "ipmi", Host = "hv1-bmc.example", Username = "admin", Password = "bmc-secret" };
    private static readonly FenceDeviceBody Strip = new()
    {
        Type = "agent",
        Level = 2,
        Agent = "fence_apc_snmp",
        Password = "strip-secret",
        Options = new Dictionary<string, string> { ["ip"] = "strip.example", ["plug"] = "3" },
    };
    private static readonly FenceDeviceBody Redfish = new() { Type = "redfish", Level = 3, Url = "https://hv1-bmc.example", Username = "root", Password = "redfish-secret", SystemId = "1" };
    private static readonly FenceDeviceBody Program = new() { Type = "executable", Level = 4, Path = "/usr/local/sbin/cut", Arguments = ["rack 7", "hv1"] };

    [Fact]
    public async Task Every_kind_is_stored_and_read_in_order_of_level_and_no_secret_comes_back()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync();
        var made = await master.Client.CreateHypervisorAsync(MasterUnderTest.Body("hv1") with { Ipmi = null, FenceDevices = [Program, Redfish, Strip, Bmc] });

        Assert.Equal([1, 2, 3, 4], made.FenceDevices.Select(d => d.Level));
        Assert.Equal(["ipmi", "agent", "redfish", "executable"], made.FenceDevices.Select(d => d.Type));
        Assert.Equal([true, true, true, false], made.FenceDevices.Select(d => d.HasPassword));
        Assert.Equal("hv1-bmc.example", made.Ipmi!.Host);
        Assert.Equal(("strip.example", "3"), (made.FenceDevices[1].Options!["ip"], made.FenceDevices[1].Options!["plug"]));
        Assert.Equal(["rack 7", "hv1"], made.FenceDevices[3].Arguments);
        var (response, _) = await master.SendAsync("GET", "/api/v1/hypervisors/hv1");
        Assert.DoesNotContain("-secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_patch_of_ipmi_leaves_the_other_devices_and_a_patch_of_the_list_keeps_passwords_that_it_does_not_name()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync();
        await master.Client.CreateHypervisorAsync(MasterUnderTest.Body("hv1") with { Ipmi = null, FenceDevices = [Bmc, Strip] });

        var patched = await master.Client.PatchHypervisorAsync("hv1", new { ipmi = new { username = "operator" } });
        Assert.Equal(("operator", true, 2), (patched.Ipmi!.Username, patched.Ipmi.HasPassword, patched.FenceDevices.Count));

        var listed = await master.Client.PatchHypervisorAsync("hv1", new { fenceDevices = new[] { new { type = "agent", level = 1, agent = "fence_apc_snmp", options = new { ip = "strip.example", plug = "3" } } } });
        Assert.True(Assert.Single(listed.FenceDevices).HasPassword);
        Assert.Null(listed.Ipmi);
        Assert.Empty((await master.Client.PatchHypervisorAsync("hv1", new Dictionary<string, object?> { ["fenceDevices"] = null })).FenceDevices);
    }

    [Theory]
    [InlineData("""{"ipmi":{"host":"b","username":"u","password":"p"},"fenceDevices":[]}""", 400, "invalid-fence-device", "either")]
    [InlineData("""{"fenceDevices":[{"type":"pdu"}]}""", 400, "invalid-fence-device", "fenceDevices[0].type")]
    [InlineData("""{"fenceDevices":[{"type":"agent","agent":"fence_x","host":"b"}]}""", 400, "invalid-fence-device", "fenceDevices[0].host")]
    [InlineData("""{"fenceDevices":[{"type":"agent","agent":"rm","options":{}}]}""", 400, "invalid-fence-device", "fence_")]
    [InlineData("""{"fenceDevices":[{"type":"agent","agent":"fence_x","options":{"ip":"b","passwd":"x"}}]}""", 400, "invalid-fence-device", "passwd")]
    [InlineData("""{"fenceDevices":[{"type":"agent","agent":"fence_x","options":{"ip":7}}]}""", 400, "wrong-type", "fenceDevices[0].options")]
    [InlineData("""{"fenceDevices":[{"type":"executable","path":"relative"}]}""", 400, "invalid-fence-device", "relative")]
    [InlineData("""{"fenceDevices":[{"type":"executable","path":"/x","arguments":[1]}]}""", 400, "wrong-type", "fenceDevices[0].arguments")]
    [InlineData("""{"fenceDevices":[{"type":"executable","path":"/x","level":10}]}""", 400, "invalid-fence-device", "10")]
    [InlineData("""{"fenceDevices":[{"type":"executable","path":"/x"},{"type":"executable","path":"/x","level":2}]}""", 400, "invalid-fence-device", "twice")]
    [InlineData("""{"fenceDevices":["/x"]}""", 400, "wrong-type", "fenceDevices[0]")]
    [InlineData("""{"fenceDevices":{"type":"ipmi"}}""", 400, "wrong-type", "a list of objects")]
    [InlineData("""{"fenceDevices":[{"type":"redfish","url":"https://x","username":"u"}]}""", 400, "invalid-fence-device", "password")]
    [InlineData("""{"fenceDevices":[{"type":"agent","agent":"fence_x","options":{"secret_key":"x"}}]}""", 400, "invalid-fence-device", "passwordOption")]
    [InlineData("""{"fenceDevices":[{"type":"agent","agent":"fence_x","passwordOption":"plug"}]}""", 400, "invalid-fence-device", "passwordOption 'plug'")]
    [InlineData("""{"fenceDevices":[{"type":"executable","path":"/x","passwordOption":"token"}]}""", 400, "invalid-fence-device", "fenceDevices[0].passwordOption")]
    [InlineData("""{"fenceDevices":[{"type":"agent","agent":"fence_ipmilan","options":{"ip":"hv2-bmc.example"},"level":3}]}""", 409, "duplicate-bmc", "hv2")]
    [InlineData("""{"fenceDevices":[{"type":"redfish","url":"https://HV2-bmc.example","username":"u","password":"p"}]}""", 409, "duplicate-bmc", "hv2")]
    [InlineData("""{"fenceDevices":[{"type":"ipmi","host":"hv2-bmc.example","username":"u","password":"p","level":3}]}""", 409, "duplicate-bmc", "hv2")]
    public async Task What_is_wrong_with_a_device_is_named(string patch, int status, string code, string says)
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1", "hv2");
        var (response, body) = await master.SendAsync("PATCH", "/api/v1/hypervisors/hv1", patch, "application/merge-patch+json");
        Assert.Equal((status, code), ((int)response.StatusCode, body.GetProperty("code").GetString()));
        Assert.Contains(says, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("hv1-bmc.example", (await master.Client.HypervisorAsync("hv1")).Ipmi!.Host);
    }

    [Fact]
    public async Task One_more_device_makes_no_other_machine_and_one_less_does()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync();
        await master.Client.CreateHypervisorAsync(MasterUnderTest.Body("hv1") with { Ipmi = null, FenceDevices = [Bmc] });
        await master.Client.PatchHypervisorAsync("hv1", new { fenceDevices = new[] { Bmc, Strip } });
        Assert.DoesNotContain(master.Fleet.Asked, a => a.Verb == OperatorVerb.IdentityChanged);
        await master.Client.PatchHypervisorAsync("hv1", new { fenceDevices = new[] { Strip } });
        Assert.Contains(master.Fleet.Asked, a => a.Verb == OperatorVerb.IdentityChanged);
    }

    [Fact]
    public async Task Another_plug_of_an_agent_without_an_address_is_another_machine_and_its_secret_goes_under_its_own_name()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync();
        var cloud = new FenceDeviceBody { Type = "agent", Agent = "fence_aws", Password = "aws-secret", PasswordOption = "secret_key", Options = new Dictionary<string, string> { ["plug"] = "i-1" } };
        var made = await master.Client.CreateHypervisorAsync(MasterUnderTest.Body("hv1") with { Ipmi = null, FenceDevices = [cloud] });
        Assert.Equal(("secret_key", true), (Assert.Single(made.FenceDevices).PasswordOption, made.FenceDevices[0].HasPassword));

        await master.Client.PatchHypervisorAsync("hv1", new { fenceDevices = new[] { cloud with { Level = 2 } } });
        Assert.DoesNotContain(master.Fleet.Asked, a => a.Verb == OperatorVerb.IdentityChanged);
        await master.Client.PatchHypervisorAsync("hv1", new { fenceDevices = new[] { cloud with { Options = new Dictionary<string, string> { ["plug"] = "i-2" } } } });
        Assert.Contains(master.Fleet.Asked, a => a.Verb == OperatorVerb.IdentityChanged);
    }

    [Fact]
    public async Task To_accept_devices_needs_a_reason_and_reaches_the_actor()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        var (refused, body) = await master.SendAsync("POST", "/api/v1/hypervisors/hv1/test-ipmi", """{"acceptIdentity":true}""");
        Assert.Equal((400, "reason-required"), ((int)refused.StatusCode, body.GetProperty("code").GetString()));
        await master.Client.AcceptFenceDevicesAsync("hv1", "new board");
        Assert.Equal((OperatorVerb.AcceptDevices, "new board"), master.Fleet.Asked.Select(a => (a.Verb, a.Reason)).Last());
    }

    [Fact]
    public async Task A_test_answers_what_it_found_though_the_monitor_has_not_heard_of_it_yet()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync("hv1");
        master.Fleet.Show("hv1", HypervisorPhase.Healthy);
        var before = master.Fleet.Views[new("hv1")];
        master.Fleet.OwnWords[new("hv1")] = before with { NotFenceable = "its last check failed: authentication_failed" };
        var found = await master.Client.TestIpmiAsync("hv1");
        Assert.Equal("its last check failed: authentication_failed", found.FenceProblem);
    }

    [Fact]
    public async Task The_power_policies_are_the_locations_and_a_group_may_say_otherwise()
    {
        await using var master = await MasterUnderTest.StartAsync();
        await master.RegisterAsync();
        var location = await master.Client.PatchLocationAsync("dc1", new { powerOnAfterEvacuation = true, crashDumpWaitSeconds = 90 });
        Assert.Equal((true, 90), (location.PowerOnAfterEvacuation, location.CrashDumpWaitSeconds));
        var group = await master.Client.CreateGroupAsync(new() { Id = "g1", LocationId = "dc1", CrashDumpWaitSeconds = 0 });
        Assert.Equal((null, 0), (group.PowerOnAfterEvacuation, group.CrashDumpWaitSeconds));
        var (response, body) = await master.SendAsync("PATCH", "/api/v1/locations/dc1", """{"crashDumpWaitSeconds":3601}""");
        Assert.Equal((400, "invalid-crash-dump-wait"), ((int)response.StatusCode, body.GetProperty("code").GetString()));
    }
}
