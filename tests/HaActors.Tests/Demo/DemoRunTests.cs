using System.Globalization;
using System.Text.RegularExpressions;
using HaActors.Demo;
using Spectre.Console;
using Xunit;
using Xunit.Abstractions;

namespace HaActors.Tests.Demo;

/// <summary>Runs by itself, after all others: its probes have a deadline in real time, and a crowded process would miss them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DemoRun
{
    public const string Name = "demo";
}

/// <summary>The demo as a newcomer starts it, only faster: a real master, real HTTP, SQLite in a temporary folder.</summary>
[Collection(DemoRun.Name)]
public sealed class DemoRunTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_hypervisor_dies_and_every_instance_runs_again_and_nothing_is_left_behind()
    {
        using var told = new StringWriter(CultureInfo.InvariantCulture);
        using var errors = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(told) });
        int code;
        try
        {
            code = await DemoCommand.RunAsync(["--tick", "3s", "--kill", "hv3@1s", "--once", "--duration", "3m"], console, errors).WaitAsync(Limit);
        }
        finally
        {
            output.WriteLine(told.ToString());
            output.WriteLine(errors.ToString());
        }

        var text = told.ToString();
        Assert.Equal(0, code);
        Assert.Contains("20 of 20 instances run, each exactly once", text, StringComparison.Ordinal);
        Assert.Contains("hypervisor_fenced", text, StringComparison.Ordinal);
        foreach (var instance in new[] { "vm9", "vm10", "vm11", "vm12" })
            Assert.Contains(text.Split('\n'), line => line.Contains("instance_evacuated", StringComparison.Ordinal) && line.Contains($"Instance {instance} of hv3 runs on", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', text);
        var folder = Regex.Match(text, @"^  data +(\S+haactors-demo-\w+)", RegexOptions.Multiline).Groups[1].Value;
        Assert.NotEqual("", folder);
        Assert.False(Directory.Exists(folder), $"{folder} is still there");
    }
}
