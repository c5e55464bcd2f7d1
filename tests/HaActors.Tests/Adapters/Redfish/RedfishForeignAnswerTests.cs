using HaActors.Adapters;
using HaActors.Adapters.Redfish;
using HaActors.Domain;
using HaActors.Domain.Fencing;
using HaActors.Domain.Inventory;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace HaActors.Tests.Adapters.Redfish;

/// <summary>Servers that are no BMC, or one of a kind that no emulator of ours is.</summary>
public sealed class RedfishForeignAnswerTests
{
    private const string System = """{"PowerState":"On","Actions":{"#ComputerSystem.Reset":{"target":"/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"}}}""";

    private readonly RedfishSwitch _switch = new(new FencingOptions { CallTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);

    [Theory]
    [InlineData(200, "hello", PowerOutcome.Unreachable)]
    [InlineData(200, "[]", PowerOutcome.Unreachable)]
    [InlineData(200, "{}", PowerOutcome.Unreachable)]
    [InlineData(200, """{"PowerState":1}""", PowerOutcome.Unreachable)]
    [InlineData(200, """{"PowerState":"off"}""", PowerOutcome.Unreachable)]
    [InlineData(200, """{"PowerState":"Off"}""", PowerOutcome.Off)]
    [InlineData(200, """{"PowerState":"PoweringOn"}""", PowerOutcome.On)]
    [InlineData(403, "{}", PowerOutcome.AuthenticationFailed)]
    [InlineData(404, "", PowerOutcome.Refused)]
    [InlineData(500, "", PowerOutcome.Unreachable)]
    public async Task What_is_not_exactly_a_reading_is_none(int status, string body, PowerOutcome outcome)
    {
        await using var server = await LoopbackServer.StartAsync(LoopbackServer.Says(status, body));

        Assert.Equal(outcome, (await _switch.ReadAsync(Device(server), default)).Outcome);
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off()
    {
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            var block = new byte[64 * 1024];
            Array.Fill(block, (byte)' ');
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(block, context.RequestAborted);
        });

        Assert.Equal(PowerOutcome.Unreachable, (await _switch.ReadAsync(Device(server), default)).Outcome);
    }

    [Fact]
    public async Task A_redirect_is_followed_on_the_same_server_only()
    {
        var strangers = 0;
        await using var stranger = await LoopbackServer.StartAsync(context =>
        {
            strangers++;
            return LoopbackServer.Says(200, """{"PowerState":"Off"}""")(context);
        });
        var elsewhere = new Uri(stranger.Url, "/redfish/v1/Systems/1").ToString();
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Path == "/redfish/v1/Systems/1/") return LoopbackServer.Says(200, """{"PowerState":"On"}""")(context);
            context.Response.Redirect(context.Request.Path == "/redfish/v1/Systems/1" ? "/redfish/v1/Systems/1/" : elsewhere);
            return Task.CompletedTask;
        });

        Assert.Equal(PowerOutcome.On, (await _switch.ReadAsync(Device(server), default)).Outcome);
        var reading = await _switch.ReadAsync(Device(server) with { SystemId = "2" }, default);

        Assert.Equal(PowerOutcome.Refused, reading.Outcome);
        Assert.Contains("redirect", reading.Detail, StringComparison.Ordinal);
        Assert.Equal(0, strangers);
    }

    [Theory]
    [InlineData(2, PowerOutcome.NotSent, 0)]
    [InlineData(0, PowerOutcome.Accepted, 1)]
    public async Task An_order_that_waits_for_a_new_connection_is_asked_for_again(int asksUntilItIsTooLate, PowerOutcome outcome, int arrived)
    {
        var (asked, orders) = (0, 0);
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            // As many BMCs do: each answer ends its connection.
            context.Response.Headers.Connection = "close";
            if (context.Request.Method == HttpMethods.Post)
            {
                using var body = new StreamReader(context.Request.Body);
                if ((await body.ReadToEndAsync()).Contains("ForceOff", StringComparison.Ordinal)) Interlocked.Increment(ref orders);
            }

            await LoopbackServer.Says(200, System)(context);
        });

        var reading = await _switch.TurnOffAsync(Device(server), () => ++asked != asksUntilItIsTooLate, default);

        Assert.Equal((outcome, arrived), (reading.Outcome, orders));
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_redirected_order_is_not_sent_again()
    {
        var orders = 0;
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Method == HttpMethods.Get) return LoopbackServer.Says(200, System)(context);
            orders++;
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = context.Request.Path + "/";
            return Task.CompletedTask;
        });

        Assert.Equal(PowerOutcome.Refused, (await _switch.TurnOffAsync(Device(server), () => true, default)).Outcome);
        Assert.Equal(1, orders);
    }

    [Theory]
    [InlineData("""{"PowerState":"On","Actions":{"#ComputerSystem.Reset":{"target":"http://other.example/reset"}}}""", "elsewhere")]
    [InlineData("""{"PowerState":"On","Actions":{"#ComputerSystem.Reset":{"ResetType@Redfish.AllowableValues":["On","GracefulShutdown"]}}}""", "no reset type ForceOff, only On, GracefulShutdown")]
    [InlineData("""{"PowerState":"On","Actions":{"#ComputerSystem.Reset":{"@Redfish.ActionInfo":"/redfish/v1/Systems/1/ResetActionInfo"}}}""", "no reset type ForceOff, only On, PushPowerButton")]
    public async Task An_order_that_it_does_not_offer_is_not_given(string system, string detail)
    {
        var orders = 0;
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Method != HttpMethods.Get) orders++;
            return LoopbackServer.Says(200, context.Request.Path.Value!.EndsWith("ResetActionInfo", StringComparison.Ordinal)
                ? """{"Parameters":[{"Name":"ResetType","AllowableValues":["On","PushPowerButton"]}]}"""
                : system)(context);
        });

        var reading = await _switch.TurnOffAsync(Device(server), () => true, default);

        Assert.Equal(PowerOutcome.Refused, reading.Outcome);
        Assert.Contains(detail, reading.Detail, StringComparison.Ordinal);
        Assert.Equal(0, orders);
    }

    [Fact]
    public async Task A_connection_that_breaks_after_the_order_may_have_carried_it_out()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Method == HttpMethods.Get) return LoopbackServer.Says(200, System)(context);
            context.Abort();
            return Task.CompletedTask;
        });

        Assert.Equal(PowerOutcome.TimedOut, (await _switch.TurnOffAsync(Device(server), () => true, default)).Outcome);
        Assert.Equal(PowerOutcome.On, (await _switch.ReadAsync(Device(server), default)).Outcome);
    }

    [Fact]
    public async Task A_bmc_that_repeats_the_password_does_not_show_it_to_us()
    {
        await using var server = await LoopbackServer.StartAsync(LoopbackServer.Says(400, """{"error":{"message":"no user with pass-word-1"}}"""));

        Assert.Equal("answered 400: no user with (secret)", (await _switch.ReadAsync(Device(server), default)).Detail);
    }

    private static RedfishDevice Device(LoopbackServer server) => new(server.Url, "admin", new Secret("pass-word-1"), "1");
}
