using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace HaActors.Adapters.Probing;

/// <summary>Can this process ping at all? Asked once, at start.</summary>
public static class PingCapability
{
    /// <summary>Null if it can; else one sentence: what is missing, what that means, what to do.</summary>
    public static string? Check() => CanOpenRawSocket() || CanPingMyself()
        ? null
        : "This master can't ping, so every failure counts as degraded and waits HaActors:Gate:DegradedGrace: "
            + "give the process CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW; docker: --cap-add NET_RAW) or install /bin/ping (Debian: iputils-ping).";

    /// <summary>Cheap pings without a process each.</summary>
    public static bool CanOpenRawSocket()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>That a ping program exists says nothing: it may lack its own permission. So it is tried.</summary>
    private static bool CanPingMyself()
    {
        try
        {
            using var ping = new Ping();
            return ping.Send(IPAddress.Loopback, 1000).Status == IPStatus.Success;
        }
        catch (Exception failure) when (failure is PingException or PlatformNotSupportedException or InvalidOperationException)
        {
            return false;
        }
    }
}
