using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace HaActors.Adapters.Fencing;

/// <summary>How a run of the tool ended.</summary>
internal abstract record ToolEnd
{
    internal sealed record Exited(int Code, string Output, string Errors) : ToolEnd;

    /// <summary>It had not ended by the deadline and was killed.</summary>
    /// <param name="Reaped">False: the kernel holds it (a hung file system, say); nothing more can be done from here.</param>
    internal sealed record Killed(string Output, string Errors, bool Reaped) : ToolEnd;

    internal sealed record NotStarted(string Reason) : ToolEnd;

    /// <summary>The caller no longer allowed it; no process was started.</summary>
    internal sealed record TooLate : ToolEnd;
}

/// <summary>Runs one process to its end or to the deadline; never leaves it behind, and never waits for its children.</summary>
internal static class ToolRun
{
    private const int LongestText = 64 * 1024;

    /// <summary>Time for what is killed to be gone, and for output to arrive whose process has ended.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(2);

    /// <param name="input">What it is given on its standard input, which then ends.</param>
    internal static async Task<ToolEnd> RunAsync(
        ProcessStartInfo start, TimeSpan limit, TimeProvider time, Func<bool>? mayStillLeave, CancellationToken stopping, string input = "")
    {
        using var process = new Process { StartInfo = start };
        using var deadline = new CancellationTokenSource(limit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        try
        {
            // Nothing may come between this question and the start.
            if (mayStillLeave is not null && !mayStillLeave()) return new ToolEnd.TooLate();
            process.Start();
        }
        catch (Win32Exception failure)
        {
            // Its message is the operating system's; the file's name is a setting, not a secret.
            return new ToolEnd.NotStarted($"{start.FileName} can't be started: {new Win32Exception(failure.NativeErrorCode).Message}");
        }

        using var readers = new CancellationTokenSource();
        var output = ReadAsync(process.StandardOutput, readers.Token);
        var errors = ReadAsync(process.StandardError, readers.Token);
        try
        {
            await GiveAsync(process.StandardInput, input, end.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(end.Token).ConfigureAwait(false);
            return new ToolEnd.Exited(process.ExitCode, await TextAsync(output, readers).ConfigureAwait(false), await TextAsync(errors, readers).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            var reaped = await KillAsync(process).ConfigureAwait(false);
            stopping.ThrowIfCancellationRequested();
            return new ToolEnd.Killed(await TextAsync(output, readers).ConfigureAwait(false), await TextAsync(errors, readers).ConfigureAwait(false), reaped);
        }
    }

    private static async Task GiveAsync(StreamWriter to, string input, CancellationToken token)
    {
        try
        {
            await to.WriteAsync(input.AsMemory(), token).ConfigureAwait(false);
            to.Close();
        }
        catch (IOException)
        {
            // It ended, or closed its input, before it had read all: what it says and its exit code tell more.
        }
    }

    private static async Task<bool> KillAsync(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself meanwhile, or a child of it did.
        }

        using var patience = new CancellationTokenSource(Afterwards);
        try
        {
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What was read until the pipe closed. Something else may hold it open: then what came by now.</summary>
    private static async Task<string> TextAsync(Task<string> reader, CancellationTokenSource readers)
    {
        readers.CancelAfter(Afterwards);
        return await reader.ConfigureAwait(false);
    }

    /// <summary>Keeps the beginning, and reads on to the end so that the tool is never blocked by a full pipe.</summary>
    private static async Task<string> ReadAsync(StreamReader from, CancellationToken token)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer.AsMemory(), token).ConfigureAwait(false)) > 0)
                text.Append(buffer, 0, Math.Min(read, LongestText - text.Length));
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // What came until now is what there is.
        }

        return text.ToString();
    }
}
