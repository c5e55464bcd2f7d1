using System.Text;

namespace HaActors.Simulation.Live;

/// <summary>What an operator types to register a hypervisor.</summary>
/// <param name="Address">Answers the world's ping, nobody else's.</param>
public sealed record LiveHypervisor(string Id, string Address, Uri AgentUrl, string AgentToken, string IpmiHost, int IpmiPort, string IpmiUser, string IpmiPassword)
{
    private bool PrintMembers(StringBuilder text)
    {
        text.Append($"Id = {Id}, Address = {Address}, AgentUrl = {AgentUrl}, IpmiHost = {IpmiHost}");
        return true;
    }
}

/// <summary>Where an instance really runs, which no master can know.</summary>
/// <param name="FirstHypervisor">Where it ran when the world began.</param>
/// <param name="RunsOn">One, unless it is down or was started twice.</param>
public sealed record LiveInstance(string Id, string Name, string FirstHypervisor, IReadOnlyList<string> RunsOn);
