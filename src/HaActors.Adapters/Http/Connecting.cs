using System.Net;
using System.Net.Sockets;

namespace HaActors.Adapters.Http;

/// <summary>Opens a TCP connection; the one place, so that callers can note whether and when it stood.</summary>
internal static class Connecting
{
    internal static async Task<Stream> OpenAsync(DnsEndPoint to, CancellationToken token)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Addresses below an agent's URL, which may have a path of its own behind a reverse proxy.</summary>
internal static class AgentUrl
{
    internal static Uri Of(Uri agent, string path) => new(agent.GetLeftPart(UriPartial.Path).TrimEnd('/') + path);
}
