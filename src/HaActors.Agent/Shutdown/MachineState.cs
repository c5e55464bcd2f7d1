using System.ComponentModel;
using System.Diagnostics;

namespace HaActors.Agent.Shutdown;

/// <summary>Is the machine itself being shut down, or only this process?</summary>
internal interface IMachineState
{
    Task<bool> IsStoppingAsync();
}

/// <summary>Asks systemd. Without systemd nobody knows, so no notice is given.</summary>
internal sealed class SystemdState(string tool = "systemctl") : IMachineState
{
    /// <summary>systemd answers over its own socket, in milliseconds; a hanging one must not hold the shutdown.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    public async Task<bool> IsStoppingAsync()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, "is-system-running") { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null) return false;
            using var limit = new CancellationTokenSource(Limit);
            try
            {
                // Its exit code says only that the answer isn't "running".
                return (await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false)).Trim() == "stopping";
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                return false;
            }
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException or IOException)
        {
            return false;
        }
    }
}
