using System.Text.Json.Serialization;

namespace HaActors.Domain;

/// <summary>What an incident asks an instance to do.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RecoveryKind>))]
public enum RecoveryKind
{
    /// <summary>The hypervisor is proved off: start elsewhere.</summary>
    Evacuate,
    /// <summary>The hypervisor has booted anew: start there again, or elsewhere once its agent said durably that it does not run it.</summary>
    Restart,
    /// <summary>No fence will come (evacuation off, nothing to gain): end what can end without a start, the others wait.</summary>
    EndWithoutStart,
}

/// <summary>How an instance's part in an incident ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InstanceEnd>))]
public enum InstanceEnd { Evacuated, Restarted, HandedOver, Left, Cancelled }

/// <summary>What an instance that has no end yet waits for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InstanceWait>))]
public enum InstanceWait { Fence, Gate, Room, Copy, Person, Guard, Start }

/// <summary>Words for waits, the same in the log and in explanations.</summary>
public static class WaitWords
{
    /// <summary>Who must act, so that the wait ends.</summary>
    public static string WhoActs(InstanceWait wait) => wait switch
    {
        InstanceWait.Person or InstanceWait.Copy or InstanceWait.Gate => "operator",
        InstanceWait.Room => "operator, or a hypervisor that comes back",
        InstanceWait.Guard => "operator, unless its hypervisor comes back",
        InstanceWait.Fence => "operator, unless a fence proves it off",
        _ => "nobody",
    };
}
