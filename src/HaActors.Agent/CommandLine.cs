using System.Net.Sockets;
using System.Runtime.InteropServices;
using HaActors.Agent.Hook;
using HaActors.Agent.Libvirt;

namespace HaActors.Agent;

/// <summary>The executable's verbs. Exit codes: 0 done, 1 refused, 2 it cannot start or the command is wrong.</summary>
internal static partial class CommandLine
{
    private const string Help = """
        haagent: the agent of HaActors on a hypervisor

        usage: haagent [--KEY VALUE]...           serve /health and the agent's API
               haagent install-hook [options]     put the qemu hook where libvirt finds it
               haagent --help

        Settings come from appsettings.json in the working directory, from the environment (HaAgent__Token) or as --KEY VALUE:
          Urls                     http://0.0.0.0:8081
          HaAgent:Token            none: only /health is served (never as an argument: others can read those)
          HaAgent:LibvirtUri       qemu:///system
          HaAgent:Datastores       paths, separated by colons; libvirt's directory pools
          HaAgent:StateDirectory   /var/lib/haactors
          HaAgent:StopGrace        00:01:00, then a guest that does not shut down is ended
          HaAgent:HostReserveMiB   the larger of 2048 and 5 %, kept free of guests
          HaAgent:HookDirectory    /etc/libvirt/hooks
          HaAgent:BootIdPath       /proc/sys/kernel/random/boot_id (change it in a lab only)
        """;

    private const string InstallHelp = """
        usage: haagent install-hook [--force] [--reload] [--HaAgent:KEY VALUE]...

        Writes libvirt's qemu hook to qemu.d/haactors in the hook directory, beside any hook that the site has (libvirt 6.5 or newer).
        It refuses to start what HA manages after a boot that no master has cleared, and what has moved away.
          --force    replace a file of that name which is not a hook of HaActors
          --reload   if libvirtd or virtqemud has not read it yet, send it SIGHUP (like systemctl reload): it looks for hooks only then
        The state directory and the boot id's path are written into the hook: give the same settings as to the agent.
        """;

    internal static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args is ["install-hook", .. var rest]) return InstallHook(rest);
            if (args.Contains("--help") || args.Contains("-h")) return Say(Help);
            if (args.FirstOrDefault(a => !a.StartsWith('-') && a == args[0]) is { } verb) return Fail($"\"{verb}\" is no command; see haagent --help");
            if (args.Any(a => a.TrimStart('-', '/').StartsWith("HaAgent:Token", StringComparison.OrdinalIgnoreCase)))
                return Fail("HaAgent:Token does not belong on a command line, where every user reads it; use HaAgent__Token in the environment, or appsettings.json");
            if (LibvirtLibrary.TryLoad() is { } problem) return Fail(problem);
            await using var app = AgentHost.Build(args);
            await app.RunAsync().ConfigureAwait(false);
            return 0;
        }
        catch (Exception failure) when (failure is BadSettingException or IOException or SocketException or FormatException or UriFormatException or InvalidDataException)
        {
            // Kestrel's "address already in use" is an IOException, a damaged appsettings.json an InvalidDataException.
            return Fail(failure.Message);
        }
    }

    private static int InstallHook(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h")) return Say(InstallHelp);
        var settings = args.Where(a => a is not "--force" and not "--reload").ToArray();
        var options = AgentOptions.Read(new ConfigurationBuilder()
            .SetBasePath(Environment.CurrentDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(settings).Build());
        var installer = new HookInstaller(options);
        try
        {
            Console.WriteLine(installer.Install(args.Contains("--force")) ? $"{installer.HookPath} written" : $"{installer.HookPath} is up to date");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"haagent: {refused.Message}");
            return 1;
        }

        var daemon = LibvirtDaemon.Find(installer.HookPath);
        if (args.Contains("--reload") && daemon is not null && installer.Problem(daemon) is not null)
        {
            const int hangUp = 1;
            if (Kill(daemon.Pid, hangUp) != 0) return Fail($"libvirt (pid {daemon.Pid}) cannot be told to read its hooks: {Marshal.GetLastPInvokeErrorMessage()}");
            Directory.CreateDirectory(options.StateDirectory);
            installer.Reloaded(daemon);
        }

        Console.WriteLine(installer.Problem(daemon) ?? "libvirt uses it");
        return 0;
    }

    private static int Say(string text)
    {
        Console.WriteLine(text);
        return 0;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"haagent: {message.ReplaceLineEndings(" ")}");
        return 2;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
