using System.Net.Sockets;
using System.Reflection;
using HaActors.Master.Hosting;
using HaActors.Master.Settings;
using HaActors.Storage;
using Microsoft.AspNetCore.Connections;

namespace HaActors.Master;

/// <summary>The executable's outside: help, exit codes, one line for each way in which a start fails.</summary>
internal static class CommandLine
{
    internal const int Failed = 1;
    internal const int WrongSetting = 2;
    internal const int StorageUnusable = 3;
    internal const int AddressInUse = 4;

    /// <summary>What a connection string calls it.</summary>
    private static readonly string[] Passwords = ["Password", "Pwd", "PSW"];

    private const string Help = """
        haactors: a master of HaActors

        usage: haactors [--KEY VALUE]...      run until SIGTERM or Ctrl+C
               haactors --help | --version

        Settings come from appsettings.json (beside the program, then in the working directory), the environment
        (HaActors__Storage__Provider) or as --HaActors:Storage:Provider VALUE; the later one wins:
          Urls                                 http://127.0.0.1:8080   HTTP API; several with ';'
          HaActors:DataDirectory               ./data                  SQLite file, key ring, logs
          HaActors:Storage:Provider            sqlite                  or postgresql
          HaActors:Storage:ConnectionString    haactors.db there       needed for postgresql
          HaActors:Auth:AdminToken             made and shown once at the first start
          HaActors:Monitor:TickInterval        00:00:30
          HaActors:Monitor:ProbeTimeout        00:00:05                below the tick
          HaActors:Monitor:ProbeParallelism    10
          HaActors:Monitor:ConfirmInterval     00:00:00 (off)          HaActors:Monitor:MinSilence 00:00:45
          HaActors:Gate:QuietPeriod            00:00:30                after a change of leader
          HaActors:Gate:ColdStartGrace         00:05:00
          HaActors:Gate:DegradedGrace          00:10:00
          HaActors:Gate:StormPercent           50                      HaActors:Gate:StormCooldown 00:05:00
          HaActors:Gate:MaxFences              max(3, 5 %)             HaActors:Gate:MaxFencesWindow 00:05:00
          HaActors:Gate:Witnesses              none                    host or host:port, with commas
          HaActors:Ipmi:Tool                   ipmitool
          HaActors:Ipmi:Deadline               00:01:00                HaActors:Ipmi:CallTimeout 00:00:15
          HaActors:Ipmi:CheckInterval          01:00:00
          HaActors:Fencing:CallTimeout         00:00:20                a call to a fence device other than IPMI
          HaActors:Fencing:AgentDirectories    /usr/sbin               with commas
          HaActors:Agent:ReadDeadline          00:00:05                :ChangeDeadline 00:00:10, :RunDeadline 00:01:00
          HaActors:Webhooks:Installation       haactors                how this installation names itself in its calls
          HaActors:Webhooks:Timeout            00:00:10                HaActors:Webhooks:MaxAge 1.00:00:00
          HaActors:Cluster:Hostname            127.0.0.1               HaActors:Cluster:Port 4053
          HaActors:Cluster:SeedNodes           itself                  host:port, with commas

        A token or a connection string with a password belongs in the environment or in a file; on a command line, which others can read, it is refused.

        Exit codes: 0 stopped as asked, 1 failed, 2 a wrong setting or argument, 3 the database or data directory can't be used,
        4 an address or port is in use or not on this machine. The reason is one line on stderr.
        """;

    internal static async Task<int> RunAsync(string[] args)
    {
        if (args.Any(a => a is "--help" or "-h" or "-?"))
            return Say(Help);
        if (args is ["--version"])
            return Say(Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");
        try
        {
            CheckArguments(args);
            var app = await MasterHost.BuildAsync(args).ConfigureAwait(false);
            await using (app.ConfigureAwait(false))
            {
                try
                {
                    await app.RunAsync().ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
                {
                    // Told to stop while it was still starting.
                }

                return 0;
            }
        }
        catch (Exception e) when (Explain(e) is { } known)
        {
            return Fail(known.Message, known.Code);
        }
    }

    /// <summary>The line and the exit code for a failure that has an operator's remedy; null for a defect, which deserves its stack.</summary>
    internal static (string Message, int Code)? Explain(Exception e) => e switch
    {
        SettingsException => (e.Message, WrongSetting),
        StorageStartException => (e.Message, StorageUnusable),
        AddressException => (e.Message, AddressInUse),
        FormatException => (e.Message, WrongSetting),
        AddressInUseException or { InnerException: AddressInUseException } => ($"{e.Message.TrimEnd('.')}. Another program listens there (maybe another master): stop it, or set Urls.", AddressInUse),
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable or SocketError.AccessDenied } s =>
            ($"An address can't be listened on ({s.Message}): check Urls, HaActors:Cluster:Hostname and HaActors:Cluster:Port.", AddressInUse),
        IOException { InnerException: SocketException s } => ($"{e.Message.TrimEnd('.')} ({s.Message}): check Urls.", AddressInUse),
        _ => e.InnerException is { } inner ? Explain(inner) : null,
    };

    /// <summary>The reader of command lines swallows what it does not understand.</summary>
    internal static void CheckArguments(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            if (!arg.StartsWith("--", StringComparison.Ordinal) || arg.Length < 3)
                throw new SettingsException($"'{arg}' is no argument of haactors; settings are given as --KEY VALUE, see haactors --help.");
            if (arg.Contains('=', StringComparison.Ordinal))
                continue;
            if (i + 1 == args.Length)
                throw new SettingsException($"{arg} has no value; settings are given as --KEY VALUE, see haactors --help.");
            i++;
        }

        foreach (var key in args.Where(a => a.StartsWith("--", StringComparison.Ordinal)).Select(a => a[2..].Split('=')[0]))
        {
            if (!key.StartsWith("HaActors:", StringComparison.OrdinalIgnoreCase) && !key.Equals("Urls", StringComparison.OrdinalIgnoreCase) && !key.StartsWith("Kestrel:", StringComparison.OrdinalIgnoreCase))
                throw new SettingsException($"--{key} is no setting of haactors; see haactors --help.");
        }

        // Whoever may list processes reads it, and it stays in a shell's history: a start that goes well would be the worse answer.
        if (Given(args).FirstOrDefault(IsSecret).Key is { } secret)
            throw new SettingsException($"--{secret} holds a secret, and everybody on this machine can read a command line; give it in the environment ({secret.Replace(":", "__", StringComparison.Ordinal)}=…) or in appsettings.json, and change the one that was shown.");
    }

    private static IEnumerable<(string Key, string Value)> Given(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
            yield return args[i][2..].Split('=', 2) is [var key, var value] ? (key, value) : (args[i][2..], args[++i]);
    }

    private static bool IsSecret((string Key, string Value) setting) =>
        (setting.Value.Length > 0 && setting.Key.Equals(SettingsReader.AdminTokenKey, StringComparison.OrdinalIgnoreCase))
        || (setting.Key.Equals(StorageOptions.ConnectionStringKey, StringComparison.OrdinalIgnoreCase) && setting.Value.Split(';').Any(p => Passwords.Contains(p.Split('=')[0].Trim(), StringComparer.OrdinalIgnoreCase)));

    private static int Say(string text)
    {
        Console.WriteLine(text);
        return 0;
    }

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine("haactors: " + message.ReplaceLineEndings(" "));
        return code;
    }
}
