using System.Globalization;

namespace HaActors.Domain.EventLog;

/// <summary>Numbers in sentences, so that one is one: "1 instance", "3 instances".</summary>
public static class Amounts
{
    /// <param name="many">Null: <paramref name="one"/> with an s.</param>
    public static string Of(int count, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>"All 3 instances of hv1 have an end.", and what else there is to say of so many that ended and so many that wait.</summary>
    public static string Ends(HypervisorId hypervisor, int total, int waiting, bool waited) => (total, waiting) switch
    {
        (0, _) => $"{hypervisor} had no instance.",
        (1, 0) => $"The only instance of {hypervisor} has an end{(waited ? ", after a wait" : "")}.",
        (_, 0) => string.Create(CultureInfo.InvariantCulture, $"All {total} instances of {hypervisor} have an end{(waited ? ", those that waited too" : "")}."),
        (1, _) => $"The only instance of {hypervisor} has no end yet; it waits.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{total - waiting} of {total} instances of {hypervisor} {(total - waiting == 1 ? "has" : "have")} an end; {waiting} {(waiting == 1 ? "waits" : "wait")}."),
    };
}
