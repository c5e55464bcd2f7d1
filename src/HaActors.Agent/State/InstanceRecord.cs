using System.Globalization;
using System.Text;

namespace HaActors.Agent.State;

/// <summary>
/// What the agent remembers of one instance. The same file is read by the hook's shell script, hence one <c>key value</c> a line.
/// </summary>
/// <param name="Managed">Opted in to HA by a master.</param>
/// <param name="Guard">The hook watches its starts; stays on after an opt-out until a master says that it may start.</param>
/// <param name="Floor">Highest epoch heard of. Lower ones are refused.</param>
/// <param name="Refused">Every <c>run</c> up to this epoch is refused; -1: none is.</param>
/// <param name="Requested">Epoch of the last <c>run</c> that was accepted, written before anything is defined.</param>
/// <param name="Started">Epoch of the last <c>run</c> that was seen running. Below <paramref name="Requested"/>: look at libvirt.</param>
/// <param name="Made">The definition was not here before <paramref name="Requested"/>: until it has started it may be taken away again.</param>
/// <param name="Away">It lives elsewhere: the hook refuses every start but a permitted one.</param>
/// <param name="Permit">A master has asked for exactly this epoch in the boot <paramref name="PermitBoot"/>: the hook lets it pass.</param>
/// <param name="AutostartWish">The autostart mark that was taken off at the opt-in, or came with <c>run</c>.</param>
/// <param name="Stopped">Epoch of the last <c>stop</c> that was accepted; -1: none.</param>
/// <param name="StopDone">That stop has been seen done: a later start by the user stays.</param>
/// <param name="StoppedBoot">Boot in which its user was seen to have shut it off; null: was not.</param>
internal sealed record InstanceRecord(
    bool Managed = false, bool Guard = false, long Floor = 0, long Refused = -1, long Requested = 0, long Started = 0,
    bool Made = false, bool Away = false, long Permit = 0, string? PermitBoot = null, bool AutostartWish = false,
    long Stopped = -1, bool StopDone = false, string? StoppedBoot = null)
{
    internal static InstanceRecord Parse(string text)
    {
        var record = new InstanceRecord();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith('#')) continue;
            var (key, value) = line.Split(' ', 2) is [var k, var v] ? (k, v) : throw new FormatException($"\"{line}\" is no key and value");
            record = key switch
            {
                "managed" => record with { Managed = Bool(value) },
                "guard" => record with { Guard = Bool(value) },
                "floor" => record with { Floor = Number(value) },
                "refused" => record with { Refused = Number(value) },
                "requested" => record with { Requested = Number(value) },
                "started" => record with { Started = Number(value) },
                "made" => record with { Made = Bool(value) },
                "away" => record with { Away = Bool(value) },
                "permit" => record with { Permit = Number(value) },
                "permit-boot" => record with { PermitBoot = value },
                "autostart" => record with { AutostartWish = Bool(value) },
                "stopped" => record with { Stopped = Number(value) },
                "stop-done" => record with { StopDone = Bool(value) },
                "stopped-boot" => record with { StoppedBoot = value },
                _ => record,    // written by a newer agent
            };
        }

        return record;
    }

    internal string Format()
    {
        var text = new StringBuilder("# Written by haagent and read by libvirt's qemu hook; do not edit\n");
        text.Append(CultureInfo.InvariantCulture, $"managed {Word(Managed)}\nguard {Word(Guard)}\nfloor {Floor}\nrefused {Refused}\nrequested {Requested}\nstarted {Started}\n");
        text.Append(CultureInfo.InvariantCulture, $"made {Word(Made)}\naway {Word(Away)}\npermit {Permit}\nautostart {Word(AutostartWish)}\nstopped {Stopped}\nstop-done {Word(StopDone)}\n");
        if (PermitBoot is not null) text.Append(CultureInfo.InvariantCulture, $"permit-boot {PermitBoot}\n");
        if (StoppedBoot is not null) text.Append(CultureInfo.InvariantCulture, $"stopped-boot {StoppedBoot}\n");
        return text.ToString();
    }

    private static string Word(bool value) => value ? "yes" : "no";

    private static bool Bool(string value) => value switch { "yes" => true, "no" => false, _ => throw new FormatException($"\"{value}\" is neither yes nor no") };

    private static long Number(string value) => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : throw new FormatException($"\"{value}\" is no number");
}
