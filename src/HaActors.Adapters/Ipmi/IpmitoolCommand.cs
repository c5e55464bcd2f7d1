using System.Diagnostics;
using System.Globalization;
using HaActors.Adapters.Fencing;
using HaActors.Domain.Inventory;

namespace HaActors.Adapters.Ipmi;

/// <summary>Command line and environment of one call.</summary>
internal static class IpmitoolCommand
{
    /// <summary>
    /// One second between repeats and two repeats: a silent BMC is given 6 s, which leaves room within the deadline of a call for the
    /// search of a cipher suite, and no <c>off</c> is repeated long after the moment at which it was allowed.
    /// </summary>
    private static readonly string[] Patience = ["-N", "1", "-R", "2"];

    internal static ProcessStartInfo For(string tool, IpmiDevice device, FenceVerb verb)
    {
        var start = CleanCall.Of(tool, []);
        // -v only because of RAKP: without it a wrong password and a dead BMC give the same line.
        Add(start, "-v", "-I", "lanplus", "-H", device.Host, "-p", device.Port.ToString(CultureInfo.InvariantCulture), "-U", device.Username);
        if (device.CipherSuite is { } suite) Add(start, "-C", suite.ToString(CultureInfo.InvariantCulture));
        Add(start, Patience);
        Add(start, "-E");
        Add(start, Words(verb));

        start.Environment["IPMI_PASSWORD"] = device.Password.Reveal();
        return start;
    }

    private static string[] Words(FenceVerb verb) => verb switch
    {
        FenceVerb.Status => ["chassis", "power", "status"],
        FenceVerb.Off => ["chassis", "power", "off"],
        FenceVerb.On => ["chassis", "power", "on"],
        // Get System GUID as bytes: "mc guid" guesses their order, and each version of the tool guesses otherwise.
        FenceVerb.Identity => ["raw", "0x06", "0x37"],
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "not a command that may be sent"),
    };

    private static void Add(ProcessStartInfo start, params string[] arguments)
    {
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
    }
}
