using System.Collections.Immutable;
using System.Globalization;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Simulation.World;

/// <summary>How a BMC behaves.</summary>
public enum BmcMode
{
    /// <summary>As it should.</summary>
    Ok,
    /// <summary>Takes the power-off, says OK, and does nothing: goes on reading on.</summary>
    Lie,
    /// <summary>Always reads off, whatever is so; a power-off is taken and not done.</summary>
    LieStatus,
    /// <summary>Refuses to tell the power state; commands work.</summary>
    FailGet,
    /// <summary>Refuses commands; the power state can be read.</summary>
    FailSet,
    /// <summary>Everything works, each answer comes late.</summary>
    Late,
    /// <summary>At the first command it dies before doing it, and stays dead.</summary>
    DieMidSession,
    /// <summary>Does the command, and its answer is lost.</summary>
    DieSet,
    /// <summary>Takes the session and never answers.</summary>
    Hang,
    /// <summary>Somebody has changed its password.</summary>
    WrongPassword,
}

/// <summary>Something that switches the power of one host, and how it behaves.</summary>
internal abstract class PowerDevice
{
    public BmcMode Mode { get; set; }

    /// <summary>When it last stopped reading off whatever is so; null: it never did.</summary>
    public TimeSpan? LiedUntil { get; set; }

    /// <summary>How late each answer is in <see cref="BmcMode.Late"/>.</summary>
    public TimeSpan Late { get; set; }

    /// <summary>So many status readings from now on say off, whatever is so: a sensor that is being read while it starts.</summary>
    public int FalseOffs { get; set; }

    public bool OnNetwork { get; set; } = true;

    public bool IsDead { get; set; }

    /// <summary>The GUID that it tells; null: it has none.</summary>
    public string? Identity { get; set; }

    public abstract bool Lets(FenceDevice device);
}

/// <summary>The BMC of one host.</summary>
internal sealed class Bmc(string address, int port, string username, Secret password) : PowerDevice
{
    /// <summary>What its address leads to; swapped cables swap this.</summary>
    public string Address { get; set; } = address;

    /// <summary>The address under which it was registered: what a master means by it.</summary>
    public string Registered { get; } = address;

    public int Port { get; } = port;

    /// <summary>It hangs on its host's power supply: a host that loses its mains takes it along.</summary>
    public bool DiesWithHost { get; set; }

    public Secret Password { get; set; } = password;

    public IpmiDevice Device => new(Registered, Port, username, Password, 3);

    public override bool Lets(FenceDevice device) => Mode != BmcMode.WrongPassword && device is IpmiDevice ipmi && ipmi.Username == username && ipmi.Password.Equals(Password);
}

/// <summary>One outlet of a switched power strip, which feeds one of a host's power supplies. It has no identity of its own.</summary>
internal sealed class Outlet(string strip, int plug, Secret password) : PowerDevice
{
    public const string Agent = "fence_pdu";

    public string Strip { get; } = strip;

    public int Plug { get; } = plug;

    public bool IsOn { get; set; } = true;

    public FenceAgentDevice Device => new(
        Agent, ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("ip", Strip), KeyValuePair.Create("plug", Plug.ToString(CultureInfo.InvariantCulture))]), password);

    /// <summary>A master means this one.</summary>
    public bool Is(FenceDevice device) => device is FenceAgentDevice a && a.Name == Device.Name;

    public override bool Lets(FenceDevice device) => Mode != BmcMode.WrongPassword && device is FenceAgentDevice { Password: { } given } && given.Equals(password);
}
