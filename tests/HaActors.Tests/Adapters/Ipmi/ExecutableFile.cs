using System.Diagnostics;
using Xunit;

namespace HaActors.Tests.Adapters.Ipmi;

internal static class ExecutableFile
{
    /// <summary>Written by another process: were it open for writing here while another test starts a process, its own start could fail with "text file busy".</summary>
    internal static async Task WriteAsync(string path, string text)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        foreach (var argument in new[] { "-c", "cat >\"$0\" && chmod 700 \"$0\"", path }) start.ArgumentList.Add(argument);
        using var shell = Process.Start(start)!;
        await shell.StandardInput.WriteAsync(text);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }
}
