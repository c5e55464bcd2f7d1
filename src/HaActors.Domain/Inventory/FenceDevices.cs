using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace HaActors.Domain.Inventory;

/// <summary>Something that cuts the power of one hypervisor, or one of its power supplies.</summary>
/// <remarks>Two are equal only if every setting is, secrets included: a changed password is a changed device to whoever waits for one.</remarks>
public abstract record FenceDevice
{
    public const int MinLevel = 1;
    public const int MaxLevel = 9;

    /// <summary>1 to 9, default 1. All devices of a level must read off (two power supplies, say); the next level is for when one has failed.</summary>
    public int Level { get; init; } = MinLevel;

    /// <summary>Name in events and errors, the same for ever while the address is: <c>ipmi:host:port</c>, <c>redfish:host</c>, <c>fence_xyz:host</c>, <c>exec:/path</c>. No secrets.</summary>
    public abstract string Name { get; }

    /// <summary>What it switches, compared as the network reads it: two hypervisors with one key would cut each other's power, so they are refused.</summary>
    public abstract string Key { get; }

    /// <summary>Of a BMC: where it is and how it is spoken to. One BMC may be registered in several ways; null: it is none, or nobody can say where.</summary>
    public virtual BmcPlace? Bmc => null;

    /// <summary>One sentence on the first setting that no adapter could use, naming it and what is allowed; null if there is none.</summary>
    public abstract string? Problem { get; }

    private protected string? LevelProblem =>
        Level is >= MinLevel and <= MaxLevel ? null : $"level is {Level}; it must be {MinLevel} to {MaxLevel}, lower ones are tried first.";

    private protected static bool IsHost(string host) =>
        !host.StartsWith('-') && Uri.CheckHostName(host) is not (UriHostNameType.Unknown or UriHostNameType.Basic);

    private protected static string HostKey(string host)
    {
        var bare = host.Trim().Trim('[', ']').TrimEnd('.').ToLowerInvariant();
        return bare.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(bare, out var v6) ? $"[{v6}]" : bare;
    }

    private protected static string Shown(string? text) => text is null ? "" : new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);
}

/// <summary>Where a BMC is and how it is spoken to.</summary>
/// <param name="Host">As the network reads it.</param>
/// <param name="System">Of several systems behind one address, which; null: the only one.</param>
public sealed record BmcPlace(string Host, string Protocol, string Port, string? System)
{
    /// <summary>
    /// Both would switch one machine: one address in two protocols, or one door. Two ports of one protocol may be forwarded to two machines, and two named systems are two.
    /// </summary>
    public bool MayBe(BmcPlace other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Host == other.Host && (Protocol != other.Protocol || (Port == other.Port && (System is null || other.System is null || System == other.System)));
    }
}

/// <summary>A BMC that speaks IPMI 2.0 (lanplus).</summary>
/// <param name="Port">UDP port, 1 to 65535, default 623.</param>
/// <param name="CipherSuite">0 to 17; null lets the tool ask the BMC, which costs seconds a call.</param>
public sealed record IpmiDevice(string Host, int Port, string Username, Secret Password, int? CipherSuite) : FenceDevice
{
    /// <summary>Bytes; IPMI 2.0 user names end there.</summary>
    public const int LongestUsername = 16;

    /// <summary>Bytes; IPMI 2.0 passwords end there.</summary>
    public const int LongestPassword = 20;

    public override string Name => $"ipmi:{Host}:{Port}";

    public override string Key => $"ipmi:{HostKey(Host)}:{Port}";

    public override BmcPlace? Bmc => new(HostKey(Host), "ipmi", Port.ToString(CultureInfo.InvariantCulture), null);

    public override string? Problem
    {
        get
        {
            // A leading dash would be read as an option by the tool that is given the host.
            if (!IsHost(Host)) return $"host '{Shown(Host)}' is no host name or IP address; the port has a field of its own.";
            if (Port is < 1 or > 65535) return $"port is {Port}; it must be 1 to 65535, usually 623.";
            if (CipherSuite is < 0 or > 17) return $"cipherSuite is {CipherSuite}; it must be 0 to 17 (3 and 17 are usual), or null to let the tool ask.";
            if (Encoding.UTF8.GetByteCount(Username) > LongestUsername || Username.StartsWith('-') || Username.Any(char.IsControl))
                return $"username must be at most {LongestUsername} bytes without control characters or a leading dash, as IPMI 2.0 has it.";
            var password = Password.Reveal();
            return Encoding.UTF8.GetByteCount(password) > LongestPassword || password.Any(char.IsControl)
                ? $"password must be at most {LongestPassword} bytes without control characters, as IPMI 2.0 has it; set a shorter one in the BMC."
                : LevelProblem;
        }
    }
}

/// <summary>A BMC that speaks Redfish.</summary>
/// <param name="Url">Where it answers, without a path: <c>https://10.0.0.11</c>.</param>
/// <param name="SystemId">Id of the ComputerSystem, as in <c>/redfish/v1/Systems/{id}</c>. Null: the only one that there is; several are an error that lists them.</param>
/// <param name="CertificateSha256">Null: the certificate must be valid for this master. Else its SHA-256 fingerprint in hex, with or without colons: only that certificate is believed, self-signed or expired.</param>
public sealed record RedfishDevice(Uri Url, string Username, Secret Password, string? SystemId = null, string? CertificateSha256 = null) : FenceDevice
{
    private const int Longest = 255;

    public override string Name => $"redfish:{Address}{(SystemId is null ? "" : "/" + SystemId)}";

    public override string Key => $"redfish:{HostKey(Host)}:{(Url.IsAbsoluteUri ? Url.Port : 0)}/{SystemId ?? "*"}";

    public override BmcPlace? Bmc => Url.IsAbsoluteUri ? new(HostKey(Host), "redfish", Url.Port.ToString(CultureInfo.InvariantCulture), SystemId) : null;

    /// <summary>The fingerprint as 64 lower-case hex digits; null if there is none, or if it is not one.</summary>
    public string? Fingerprint =>
        CertificateSha256?.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant() is { Length: 64 } hex && hex.All(char.IsAsciiHexDigit) ? hex : null;

    public override string? Problem
    {
        get
        {
            if (!Url.IsAbsoluteUri || Url.Scheme is not ("http" or "https") || Url.Host.Length == 0) return "url must be absolute and http or https, e.g. https://10.0.0.11.";
            if (Url.UserInfo.Length > 0 || Url.PathAndQuery is not ("/" or "") || Url.Fragment.Length > 0)
                return "url must hold no user, path or query: /redfish/v1 is always there, and user and password have fields of their own.";
            // Basic authentication parts the two with a colon.
            if (Username.Length is 0 or > Longest || Username.Contains(':', StringComparison.Ordinal) || Username.Any(char.IsControl))
                return $"username must have 1 to {Longest} characters, no ':' and no control characters.";
            if (Password.Reveal() is { } password && (password.Length > Longest || password.Any(char.IsControl)))
                return $"password must have at most {Longest} characters and no control characters.";
            if (SystemId is not null && (SystemId.Length is 0 or > Longest || SystemId is "." or ".." || !SystemId.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':')))
                return $"systemId '{Shown(SystemId)}' must be the last part of /redfish/v1/Systems/…: letters, digits, '.', '_', '-' and ':'.";
            if (CertificateSha256 is not null && Fingerprint is null) return "certificateSha256 must be the SHA-256 fingerprint of the certificate: 64 hex digits, with or without colons.";
            return CertificateSha256 is not null && Url.Scheme == "http" ? "certificateSha256 needs an https url." : LevelProblem;
        }
    }

    private string Host => Url.IsAbsoluteUri ? Url.Host : "";

    private string Address => !Url.IsAbsoluteUri ? "?" : Url.IsDefaultPort ? Url.Host : $"{Url.Host}:{Url.Port}";
}

/// <summary>One of the fence agents of the package <c>fence-agents</c>, or another that speaks the same.</summary>
/// <param name="Agent">Name of the program, <c>fence_…</c>; found in the directories that the master is set to.</param>
/// <param name="Options">Given to it over standard input as <c>name=value</c>: <c>ip</c>, <c>username</c>, <c>plug</c>, … as its manual has them. Not the action, and no secret.</param>
/// <param name="Password">Given to it as <see cref="PasswordOption"/>.</param>
public sealed record FenceAgentDevice(string Agent, ImmutableSortedDictionary<string, string> Options, Secret? Password) : FenceDevice
{
    private const int LongestValue = 1024;
    private const int MostOptions = 64;
    private const string UsualPasswordOption = "password";
    private static readonly string[] Secrets = ["passw", "secret", "token", "community", "apikey", "accesskey"];

    /// <summary>The option as which the agent is given the password: <c>password</c>, or another one that is a secret (<c>secret_key</c>, <c>community</c>, …).</summary>
    public string PasswordOption { get; init; } = UsualPasswordOption;

    public override string Name => $"{Agent}{(Address is { } address ? ":" + address : "")}{(First("ipport") is { } port ? ":" + port : "")}{(Plug is { } plug ? "/" + plug : "")}";

    /// <summary>Agent, address and plug: a power strip has one address and many plugs. Without an address, all of its options, as a hash.</summary>
    public override string Key => Address is { } address
        ? $"{Agent}:{HostKey(address)}:{First("ipport")}/{Plug}"
        : $"{Agent}:sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Options.Select(o => $"{o.Key}={o.Value}")))))}";

    /// <summary>Of agents that speak to one machine's BMC, not to a strip or a hypervisor of many.</summary>
    public override BmcPlace? Bmc => Address is not { } address ? null : Agent switch
    {
        "fence_ipmilan" => new(HostKey(address), "ipmi", First("ipport") ?? "623", null),
        "fence_redfish" => new(HostKey(address), "redfish", First("ipport") ?? "443", (First("systems_uri") ?? First("systems-uri"))?.TrimEnd('/').Split('/')[^1]),
        _ when Agent.StartsWith("fence_ilo", StringComparison.Ordinal) || Agent.StartsWith("fence_idrac", StringComparison.Ordinal) || Agent.StartsWith("fence_imm", StringComparison.Ordinal)
            => new(HostKey(address), Agent, First("ipport") ?? "", Plug),
        _ => null,
    };

    public override string? Problem
    {
        get
        {
            if (!IsAgent(Agent)) return $"agent '{Shown(Agent)}' is no fence agent: its name must be fence_ and then lower-case letters, digits and '_'.";
            if (PasswordOption.Length > 64 || !PasswordOption.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') || !IsSecret(PasswordOption) || PasswordOption == "S" || PasswordOption.Contains("script", StringComparison.OrdinalIgnoreCase))
                return $"passwordOption '{Shown(PasswordOption)}' must be the name of an option that is a secret: one with {string.Join(", ", Secrets)} in it, e.g. secret_key, token, community or api_key, and no script.";
            if (Options.Count > MostOptions) return $"there are {Options.Count} options; at most {MostOptions} are possible.";
            foreach (var (name, value) in Options)
            {
                if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) return $"option '{Shown(name)}': a name is letters, digits, '_' and '-'.";
                if (name is "action" or "option" or "o") return $"option '{name}': which action it is, is not an operator's choice; only status, off and on are ever asked for.";
                if (name is "delay") return "option 'delay': an off that leaves late may hit a hypervisor that has come back; it leaves at once or not at all.";
                if (name.StartsWith("debug", StringComparison.Ordinal)) return $"option '{name}': it would write the password to a file.";
                if (IsSecret(name)) return $"option '{name}': a secret has the member 'password', and passwordOption says under which name the agent is given it; options are shown to everybody.";
                // Standard input is read line by line: a line break would be another option.
                if (value.Length > LongestValue || value.Any(char.IsControl)) return $"option '{name}': a value has at most {LongestValue} characters on one line.";
            }

            return Password?.Reveal() is { } password && (password.Length > LongestValue || password.Any(char.IsControl))
                ? $"password must have at most {LongestValue} characters on one line."
                : LevelProblem;
        }
    }

    private string? Address => First("ip") ?? First("ipaddr");

    private string? Plug => First("plug") ?? First("port");

    public static bool IsAgent(string? name) =>
        name is { Length: > 6 and <= 64 } && name.StartsWith("fence_", StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    public bool Equals(FenceAgentDevice? other) =>
        other is not null && Level == other.Level && Agent == other.Agent && PasswordOption == other.PasswordOption && Equals(Password, other.Password) && Options.SequenceEqual(other.Options);

    public override int GetHashCode() => HashCode.Combine(Level, Agent, Options.Count);

    /// <summary>By what agents call their secrets, however they part the words.</summary>
    private static bool IsSecret(string name)
    {
        var bare = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
        return name is "p" or "S" || Secrets.Any(s => bare.Contains(s, StringComparison.Ordinal));
    }

    private string? First(string name) => Options.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}

/// <summary>A site's own program, called as <c>PATH status|off|on ARGUMENT…</c>.</summary>
/// <param name="Path">Absolute. The program and its directory must be writable by root or the master's user only.</param>
/// <param name="Arguments">Fixed, after the action. No secret: everybody on the machine can read them.</param>
/// <param name="Password">In the environment as <c>HAACTORS_FENCE_PASSWORD</c>.</param>
public sealed record ExecutableDevice(string Path, ImmutableArray<string> Arguments, Secret? Password) : FenceDevice
{
    private const int LongestArgument = 1024;
    private const int MostArguments = 32;

    public override string Name => $"exec:{string.Join(' ', [Path, .. All])}";

    public override string Key => $"exec:{string.Join('\n', [Path, .. All])}";

    public override string? Problem
    {
        get
        {
            if (!Path.StartsWith('/') || Path.Length > 4096 || Path.EndsWith('/') || Path.Any(char.IsControl) || Path.Split('/').Any(part => part is "." or ".."))
                return $"path '{Shown(Path)}' must be absolute, without '.' and '..', and name a file.";
            if (All.Length > MostArguments || All.Any(a => a.Length > LongestArgument || a.Any(char.IsControl)))
                return $"arguments: at most {MostArguments} of at most {LongestArgument} characters, without control characters.";
            return Password?.Reveal() is { } password && (password.Length > LongestArgument || password.Contains('\0', StringComparison.Ordinal))
                ? $"password must have at most {LongestArgument} characters and no zero character."
                : LevelProblem;
        }
    }

    private ImmutableArray<string> All => Arguments.IsDefault ? [] : Arguments;

    public bool Equals(ExecutableDevice? other) =>
        other is not null && Level == other.Level && Path == other.Path && Equals(Password, other.Password) && All.SequenceEqual(other.All);

    public override int GetHashCode() => HashCode.Combine(Level, Path, All.Length);
}
