using System.Diagnostics;
using HaActors.RedfishEmulator;

// HaActors.RedfishEmulator LISTEN FOLDER UUID POWER…: POWER is a command that is called with status (prints on or off), on or off.
// The user and password are in the environment: BMC_USER and BMC_PASSWORD.
if (args.Length < 4)
{
    Console.Error.WriteLine("usage: HaActors.RedfishEmulator HOST:PORT FOLDER UUID POWER…   (BMC_USER and BMC_PASSWORD in the environment)");
    return 2;
}

var emulator = await Emulator.StartAsync(
    new EmulatorOptions(args[0], args[1], Environment.GetEnvironmentVariable("BMC_USER") ?? "admin", Environment.GetEnvironmentVariable("BMC_PASSWORD") ?? "", args[2]),
    new Command(args[3..])).ConfigureAwait(false);
await using (emulator.ConfigureAwait(false))
{
    Console.WriteLine($"listens on {emulator.Url}, certificate {emulator.Fingerprint}");
    await emulator.WaitAsync().ConfigureAwait(false);
}

return 0;

/// <summary>The mains switch behind a command.</summary>
internal sealed class Command(string[] command) : IMains
{
    public bool IsOn => Call("status").Trim() == "on";

    public void Set(bool on) => Call(on ? "on" : "off");

    private string Call(string word)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true };
        foreach (var argument in command[1..]) start.ArgumentList.Add(argument);
        start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        // What it starts may keep its output open, so only the one line that a status has is read.
        var said = word == "status" ? process.StandardOutput.ReadLine() ?? "" : "";
        process.WaitForExit();
        return said;
    }
}
