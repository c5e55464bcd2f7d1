using System.Net;
using HaActors.Agent.Shutdown;
using HaActors.Tests.Adapters.Ipmi;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace HaActors.Tests.Agent;

public sealed class FarewellTests
{
    private static readonly IPAddress Master = IPAddress.Parse("10.0.0.5");
    private static readonly IPAddress Gone = IPAddress.Parse("10.0.0.6");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Whoever_watches_hears_of_the_shutdown_before_the_agent_ends()
    {
        var farewell = Of(stopping: true);
        farewell.Asked(Gone);
        _time.Advance(TimeSpan.FromMinutes(3));
        farewell.Asked(Master);
        _time.Advance(TimeSpan.FromSeconds(10));
        var leaving = farewell.StoppingAsync(CancellationToken.None);
        Assert.True(farewell.IsShuttingDown);
        await PassAsync(15);
        Assert.False(leaving.IsCompleted);
        farewell.Asked(Master);
        await PassAsync(2);
        Assert.True(leaving.IsCompleted);
    }

    [Fact]
    public async Task It_does_not_wait_for_ever_for_a_master_that_is_gone()
    {
        var farewell = Of(stopping: true);
        farewell.Asked(Master);
        var leaving = farewell.StoppingAsync(CancellationToken.None);
        await PassAsync(30);
        Assert.False(leaving.IsCompleted);
        await PassAsync(7);
        Assert.True(leaving.IsCompleted);
    }

    [Fact]
    public async Task A_restart_of_the_agent_alone_is_no_shutdown()
    {
        var farewell = Of(stopping: false);
        farewell.Asked(Master);
        await farewell.StoppingAsync(CancellationToken.None);
        Assert.False(farewell.IsShuttingDown);
    }

    [Theory]
    [InlineData("stopping", true)]
    [InlineData("running", false)]
    [InlineData("degraded", false)]
    public async Task Systemd_says_whether_the_machine_is_stopping(string says, bool stopping)
    {
        var tool = Path.Combine(Path.GetTempPath(), $"systemctl-{Guid.NewGuid():N}");
        await ExecutableFile.WriteAsync(tool, $"#!/bin/sh\n[ \"$1\" = is-system-running ] && echo {says}\nexit 1\n");
        try
        {
            Assert.Equal(stopping, await new SystemdState(tool).IsStoppingAsync());
        }
        finally
        {
            File.Delete(tool);
        }

        Assert.False(await new SystemdState(tool).IsStoppingAsync());
    }

    private Farewell Of(bool stopping) => new(new Machine(stopping), _time, NullLogger<Farewell>.Instance);

    private async Task PassAsync(int seconds)
    {
        for (var n = 0; n < seconds * 5; n++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }

        await Task.Delay(50);
    }

    private sealed class Machine(bool stopping) : IMachineState
    {
        public Task<bool> IsStoppingAsync() => Task.FromResult(stopping);
    }
}
