using System.Diagnostics;
using System.Globalization;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.Ipmi;

/// <summary>All that is ever asked of a BMC. Never cycle, never soft: neither ends in a state that proves anything.</summary>
internal enum IpmitoolVerb { Status, Off, On, Identity }

/// <summary>Command line and environment of one call.</summary>
internal static class IpmitoolCommand
{
    /// <summary>
    /// One second between repeats and two repeats: a silent BMC is given 6 s, which leaves room within the deadline of a call for the
    /// search of a cipher suite, and no <c>off</c> is repeated long after the moment at which it was allowed.
    /// </summary>
    private static readonly string[] Patience = ["-N", "1", "-R", "2"];

    internal static ProcessStartInfo For(string tool, IpmiDevice device, IpmitoolVerb verb)
    {
        var start = new ProcessStartInfo(tool)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // -v only because of RAKP: without it a wrong password and a dead BMC give the same line.
        Add(start, "-v", "-I", "lanplus", "-H", device.Host, "-p", device.Port.ToString(CultureInfo.InvariantCulture), "-U", device.Username);
        if (device.CipherSuite is { } suite) Add(start, "-C", suite.ToString(CultureInfo.InvariantCulture));
        Add(start, Patience);
        Add(start, "-E");
        Add(start, Words(verb));

        // An empty environment: an IPMITOOL_PASSWORD or IPMI_KGKEY of ours would win over the device's own, and a language would change the text.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C";
        start.Environment["IPMI_PASSWORD"] = device.Password.Reveal();
        return start;
    }

    private static string[] Words(IpmitoolVerb verb) => verb switch
    {
        IpmitoolVerb.Status => ["chassis", "power", "status"],
        IpmitoolVerb.Off => ["chassis", "power", "off"],
        IpmitoolVerb.On => ["chassis", "power", "on"],
        // Get System GUID as bytes: "mc guid" guesses their order, and each version of the tool guesses otherwise.
        IpmitoolVerb.Identity => ["raw", "0x06", "0x37"],
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "not a command that may be sent"),
    };

    private static void Add(ProcessStartInfo start, params string[] arguments)
    {
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
    }
}
