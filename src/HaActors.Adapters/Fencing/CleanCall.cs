using System.Diagnostics;

namespace HaActors.Adapters.Fencing;

/// <summary>How a program is called: no shell, nothing of our environment but where programs are, everything that it says in one language.</summary>
internal static class CleanCall
{
    internal static ProcessStartInfo Of(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        // A variable of ours could win over the device's own settings, and a language would change the text.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C";
        return start;
    }
}
