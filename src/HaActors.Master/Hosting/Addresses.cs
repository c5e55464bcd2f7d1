using System.Net;
using System.Net.Sockets;
using HaActors.Master.Settings;

namespace HaActors.Master.Hosting;

/// <summary>An address can't be listened on. The message is one line: which, why, what to do. Stops the start with exit code 4.</summary>
public sealed class AddressException(string message, Exception inner) : Exception(message, inner);

/// <summary>Tries the addresses before anything begins: a master that joins and goes at once makes its peers look for it.</summary>
internal static class Addresses
{
    /// <summary>Throws <see cref="AddressException"/> for the first address that can't be had. What takes it in the next moment is still found when it is bound.</summary>
    internal static void Check(MasterSettings settings, bool withActors)
    {
        foreach (var url in settings.Urls)
        {
            var address = BindingAddress.Parse(url);
            if (!address.IsUnixPipe && !address.IsNamedPipe)
                Try(() => OfUrl(address.Host), address.Port, url, "set Urls");
        }

        if (withActors)
            Try(() => OfCluster(settings.Cluster.Hostname), settings.Cluster.Port, $"{settings.Cluster.Hostname}:{settings.Cluster.Port}", "set HaActors:Cluster:Hostname and HaActors:Cluster:Port");
    }

    private static void Try(Func<IPAddress> resolve, int port, string shown, string remedy)
    {
        if (port == 0)
            return;
        try
        {
            var at = resolve();
            using var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (at.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(at, port));
        }
        catch (SocketException e)
        {
            throw new AddressException(e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"Another program (maybe another master) listens on {shown} already: stop it, or {remedy}.",
                SocketError.AddressNotAvailable => $"{shown} is no address of this machine: {remedy} to one that is.",
                SocketError.AccessDenied => $"This user may not listen on {shown}: {remedy} to a port above 1023, or give it CAP_NET_BIND_SERVICE.",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"{shown} has no address here ({e.Message}): {remedy} to a name that has one.",
                _ => $"{shown} can't be listened on ({e.Message}): {remedy}.",
            }, e);
        }
    }

    /// <summary>As Kestrel reads a host: what is neither an address nor <c>localhost</c> stands for all addresses of this machine.</summary>
    private static IPAddress OfUrl(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address
        : host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>As Akka.Remote reads it: a name is looked up.</summary>
    private static IPAddress OfCluster(string host) => IPAddress.TryParse(host, out var address) ? address : Dns.GetHostAddresses(host)[0];
}
