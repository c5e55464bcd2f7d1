using System.Text;

namespace HaActors.Api;

/// <summary>A hypervisor as an operator enters it. Secrets that are left out of a change stay as they are.</summary>
public sealed record HypervisorBody
{
    /// <inheritdoc cref="LocationInfo.Id"/>
    public string? Id { get; init; }

    /// <inheritdoc cref="LocationInfo.Name"/>
    public string? Name { get; init; }

    public string? LocationId { get; init; }

    public string? GroupId { get; init; }

    /// <summary>Host name or IP address that is pinged; no port.</summary>
    public string? Address { get; init; }

    public AgentBody? Agent { get; init; }

    /// <summary>The IPMI device of level 1, which most hypervisors need and no more. It is one of <see cref="FenceDevices"/>: a change names either of the two.</summary>
    public IpmiBody? Ipmi { get; init; }

    /// <summary>All fence devices, at most 8; none: it is never fenced by itself. A change gives the whole list; a password that it leaves out is kept for the device of the same address.</summary>
    public IReadOnlyList<FenceDeviceBody>? FenceDevices { get; init; }
}

/// <summary>A fence device of any kind; which members it needs depends on its type.</summary>
public sealed record FenceDeviceBody
{
    /// <summary><c>ipmi</c>, <c>redfish</c>, <c>agent</c> (a <c>fence_…</c> program) or <c>executable</c> (a site's own).</summary>
    public string? Type { get; init; }

    /// <summary>1 to 9. All devices of a level must read off; the next level is for when one has failed.</summary>
    public int Level { get; init; } = 1;

    /// <summary><c>ipmi</c>: host name or IP address.</summary>
    public string? Host { get; init; }

    /// <summary><c>ipmi</c>: UDP port, 623 if it is left out.</summary>
    public int? Port { get; init; }

    /// <summary><c>ipmi</c>, <c>redfish</c>.</summary>
    public string? Username { get; init; }

    /// <summary>Write-only.</summary>
    public string? Password { get; init; }

    /// <summary><c>ipmi</c>: 0 to 17; null lets the tool ask.</summary>
    public int? CipherSuite { get; init; }

    /// <summary><c>redfish</c>: <c>https://10.0.0.11</c>.</summary>
    public string? Url { get; init; }

    /// <summary><c>redfish</c>: id of the ComputerSystem; null: the only one.</summary>
    public string? SystemId { get; init; }

    /// <summary><c>redfish</c>: fingerprint of the only certificate that is believed; null: one that is valid for the masters.</summary>
    public string? CertificateSha256 { get; init; }

    /// <summary><c>agent</c>: name of the program, e.g. <c>fence_apc_snmp</c>.</summary>
    public string? Agent { get; init; }

    /// <summary><c>agent</c>: its options by name, e.g. <c>ip</c>, <c>plug</c>; no secrets.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary><c>agent</c>: the option as which it is given the password; <c>password</c> if it is left out, or another secret of its manual (<c>secret_key</c>, <c>community</c>).</summary>
    public string? PasswordOption { get; init; }

    /// <summary><c>executable</c>: absolute path on the masters.</summary>
    public string? Path { get; init; }

    /// <summary><c>executable</c>: arguments after the action; no secrets.</summary>
    public IReadOnlyList<string>? Arguments { get; init; }

    private bool PrintMembers(StringBuilder text) => Say.Append(text, $"Type = {Type}, Level = {Level}, Host = {Host}, Username = {Username}, Password = {Say.Hidden(Password)}, Url = {Url}, Agent = {Agent}, Path = {Path}");
}

/// <summary>A fence device as it is read: as it was entered without its password, and what is known of it.</summary>
/// <param name="Name">Its name in events and reasons.</param>
/// <param name="Identity">The GUID that it told when it was first checked; null: none is known.</param>
/// <param name="Identified">It has answered who it is, or that it has no identity; before that it is no fence path.</param>
/// <param name="Problem">Why its last check failed, or why it is no fence path; null: well.</param>
public sealed record FenceDeviceInfo(
    string Type, int Level, string Name, string? Host, int? Port, string? Username, int? CipherSuite, string? Url, string? SystemId, string? CertificateSha256,
    string? Agent, IReadOnlyDictionary<string, string>? Options, string? PasswordOption, string? Path, IReadOnlyList<string>? Arguments, bool HasPassword,
    bool Identified, string? Identity, string? Problem);

/// <summary>Where the agent answers.</summary>
public sealed record AgentBody
{
    /// <summary>Absolute, http or https, e.g. <c>http://10.0.0.11:8081</c>.</summary>
    public string? Url { get; init; }

    /// <summary>Write-only. Empty: no token.</summary>
    public string? Token { get; init; }

    private bool PrintMembers(StringBuilder text) => Say.Append(text, $"Url = {Url}, Token = {Say.Hidden(Token)}");
}

/// <summary>A BMC that speaks IPMI 2.0.</summary>
public sealed record IpmiBody
{
    public string? Host { get; init; }

    /// <summary>UDP port, 1 to 65535.</summary>
    public int Port { get; init; } = 623;

    /// <summary>At most 16 bytes.</summary>
    public string? Username { get; init; }

    /// <summary>Write-only, at most 20 bytes.</summary>
    public string? Password { get; init; }

    /// <summary>0 to 17; null lets the tool ask the BMC, which costs seconds a call.</summary>
    public int? CipherSuite { get; init; }

    private bool PrintMembers(StringBuilder text) =>
        Say.Append(text, $"Host = {Host}, Port = {Port}, Username = {Username}, Password = {Say.Hidden(Password)}, CipherSuite = {CipherSuite}");
}

/// <summary>A hypervisor as it is read: what was entered without the secrets, the policy in force, and the live view.</summary>
/// <param name="HaEnabled">Policy in force: location or group.</param>
/// <param name="ObserveOnly">Policy in force: decides and tells, touches nothing.</param>
/// <param name="State">By the design's table; <c>Unknown</c> also when nobody has a live view of it, which <paramref name="Reason"/> says then.</param>
/// <param name="Failures">Misses in a row.</param>
/// <param name="Reason">Why it is as it is, in a sentence.</param>
/// <param name="ProvedOff">Its power-off is proved and held, or acknowledged.</param>
/// <param name="Attempt">Numbers its fences, grows for ever.</param>
/// <param name="QuarantinedUntil">It went down again and again: no destination until then, or until it is released.</param>
/// <param name="ShuttingDownSince">When its agent told that it is being shut down or rebooted in order; null otherwise.</param>
/// <param name="Instances">HA-enabled instances that ran there when it was last asked.</param>
/// <param name="AgentVersion">Null if its agent does not tell.</param>
/// <param name="Ipmi">The IPMI device of level 1 among <paramref name="FenceDevices"/>.</param>
/// <param name="FenceDevices">All of them, lower levels first.</param>
/// <param name="Fenceable">At least one level of its devices is well, as far as the last checks tell; false also while nobody has a live view of it.</param>
/// <param name="FenceProblem">Why it is not fenceable.</param>
public sealed record HypervisorInfo(
    string Id, string Name, string LocationId, string? GroupId, string Address, AgentInfo Agent, IpmiInfo? Ipmi,
    bool HaEnabled, int FailureThreshold, bool EvacuationEnabled, bool ObserveOnly,
    string State, DateTimeOffset? Since, int Failures, string? Reason, bool Maintenance, ProbeInfo? LastProbe, DateTimeOffset? LastPassAt, string? IncidentId,
    int Attempt, bool ProvedOff, string? HypervisorUuid, int Instances, CapacityInfo? Capacity,
    IReadOnlyList<FenceDeviceInfo> FenceDevices, bool Fenceable, string? FenceProblem,
    string? AgentVersion = null, WithheldInfo? Withheld = null,
    DateTimeOffset? QuarantinedUntil = null, DateTimeOffset? ShuttingDownSince = null);

/// <summary>Why it is not fenced, while it is down.</summary>
/// <param name="Check">Name of the gate's check that says no.</param>
/// <param name="NextAt">That check can't say yes before this; null if no clock decides it.</param>
/// <param name="Next">On which occasion it can. The gate is asked anew at each probe, whatever this says.</param>
public sealed record WithheldInfo(string Check, string Reason, DateTimeOffset? NextAt, string? Next);

/// <summary>Where the agent answers, and whether a token is kept.</summary>
public sealed record AgentInfo(string Url, bool HasToken);

/// <summary>The BMC, and whether a password is kept.</summary>
public sealed record IpmiInfo(string Host, int Port, string Username, int? CipherSuite, bool HasPassword);

/// <summary>What the last probe found.</summary>
/// <param name="Ping"><c>ok</c>, <c>lost</c>, or <c>unavailable</c>: the master itself can't ping.</param>
/// <param name="Api"><c>ok</c>, <c>no-answer</c>, <c>unhealthy</c> or <c>wrong-host</c>.</param>
/// <param name="Detail">What failed, in a clause.</param>
public sealed record ProbeInfo(DateTimeOffset At, string Ping, string Api, string? Detail);

/// <summary>What a host offers, as its agent last told.</summary>
/// <param name="Protected">libvirt's hook guards it, so nobody else starts a managed instance there.</param>
public sealed record CapacityInfo(long MemoryMiB, int Vcpus, bool Protected, IReadOnlyList<DatastoreInfo> Datastores);

public sealed record DatastoreInfo(string Id, long FreeMiB);

/// <summary>Body of a command. The reason goes to the event log.</summary>
public sealed record ReasonBody
{
    public string? Reason { get; init; }
}

/// <summary>Body of <c>test-ipmi</c>.</summary>
public sealed record TestBody
{
    public string? Reason { get; init; }

    /// <summary>
    /// True: I have looked, and these devices are this machine's. Their identities as they tell them now are the ones to expect from now on, and contradictions are taken
    /// back. Needs a reason.
    /// </summary>
    public bool AcceptIdentity { get; init; }
}

/// <summary>Body of <c>confirm-fenced</c>: a signature that the hypervisor runs nothing.</summary>
public sealed record ConfirmBody
{
    public string? Reason { get; init; }

    /// <summary>The hypervisor's id, typed again.</summary>
    public string? HypervisorId { get; init; }
}

/// <summary>Why it is as it is, and what happens next.</summary>
/// <param name="Since">When this state was entered.</param>
/// <param name="Check">The check that withholds its fence, by the gate's last answer, e.g. <c>storm</c>; null while none does.</param>
/// <param name="CheckSince">Since when that check holds it.</param>
/// <param name="CheckUntil">On which occasion that check can say yes, as a clause.</param>
/// <param name="CheckUntilAt">Not before this; null if no clock decides it.</param>
/// <param name="AskedAt">When the gate last answered.</param>
/// <param name="NextAt">When something is asked, tried or looked at again by itself; null: nothing is.</param>
/// <param name="Sentences">To be read in order.</param>
/// <param name="LastPower">The last power reading, as text.</param>
/// <param name="Waits">Instances of the open incident that have no end, at most 50.</param>
/// <param name="Waiting">How many there are.</param>
public sealed record ExplainInfo(
    string HypervisorId, string State, DateTimeOffset? Since, string? IncidentId, string? Check, DateTimeOffset? CheckSince, string? CheckUntil, DateTimeOffset? CheckUntilAt, DateTimeOffset? AskedAt, DateTimeOffset? NextAt,
    IReadOnlyList<string> Sentences, string? LastPower, IReadOnlyList<DeviceExplainInfo> Devices, IReadOnlyList<WaitInfo> Waits, int Waiting);

/// <summary>What is known of one fence device.</summary>
/// <param name="Reads">The last reading: <c>on</c>, <c>off</c>, <c>unreachable</c>, <c>authentication_failed</c>, …; null: none yet.</param>
/// <param name="Contradicted">Why its readings prove nothing now.</param>
public sealed record DeviceExplainInfo(string Name, string? Reads, string? Detail, DateTimeOffset? ReadAt, string? Contradicted);

/// <summary>What an instance without an end waits for.</summary>
/// <param name="Wait"><c>Fence</c>, <c>Gate</c>, <c>Room</c>, <c>Copy</c>, <c>Person</c> or <c>Start</c>.</param>
/// <param name="Who">Who must act.</param>
/// <param name="NextAt">Next try by itself; null: nobody tries before somebody acts.</param>
public sealed record WaitInfo(string InstanceId, string Wait, string Reason, string Who, DateTimeOffset? Since, DateTimeOffset? NextAt);

internal static class Say
{
    internal static string Hidden(string? secret) => secret is null ? "" : "(secret)";

    internal static bool Append(StringBuilder text, string members)
    {
        text.Append(members);
        return true;
    }
}
