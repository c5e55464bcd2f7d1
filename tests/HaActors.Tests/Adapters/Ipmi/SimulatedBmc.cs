using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using HaActors.Adapters;
using HaActors.Adapters.Ipmi;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using Xunit;

namespace HaActors.Tests.Adapters.Ipmi;

/// <summary>A real <c>ipmi_sim</c> on a loopback port; its power and its moods are files that a chassis script reads.</summary>
internal sealed class SimulatedBmc : IAsyncDisposable
{
    internal const string Password = "s3cret-pw";
    private const int Continue = 18;
    private const int Stop = 19;

    private readonly string _folder = Directory.CreateTempSubdirectory("haactors-bmc-").FullName;
    private readonly int _port = FreePort();
    private Process? _sim;

    internal IpmiDevice Device => new("127.0.0.1", _port, "admin", new Secret(Password), CipherSuite: 3);

    internal bool IsOn => File.ReadAllText(Path.Combine(_folder, "power")).Trim() == "1";

    internal string[] Asked => File.Exists(Path.Combine(_folder, "log")) ? File.ReadAllLines(Path.Combine(_folder, "log")) : [];

    internal static async Task<SimulatedBmc> StartAsync(string guid = "a123456789abcdefa123456700000001")
    {
        var bmc = new SimulatedBmc();
        try
        {
            await bmc.RunAsync(guid);
            return bmc;
        }
        catch
        {
            await bmc.DisposeAsync();
            throw;
        }
    }

    /// <param name="mood"><c>ok</c>, <c>refuse</c>, <c>unreadable</c>, <c>lie</c> (says done, does nothing), <c>late N</c> (off after N more readings) or <c>mute</c> (does it, never answers).</param>
    internal void Mood(string mood) => File.WriteAllText(Path.Combine(_folder, "mood"), mood + "\n");

    internal void Hang() => Assert.Equal(0, Signal(_sim!.Id, Stop));

    internal void Resume() => Assert.Equal(0, Signal(_sim!.Id, Continue));

    internal async Task DieAsync()
    {
        if (_sim is null) return;
        _sim.Kill(entireProcessTree: true);
        await _sim.WaitForExitAsync();
        _sim.Dispose();
        _sim = null;
    }

    public async ValueTask DisposeAsync()
    {
        await DieAsync();
        Directory.Delete(_folder, recursive: true);
    }

    internal static bool IsGone(int pid)
    {
        try
        {
            // A killed child of a killed tool is a zombie until init takes it.
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1][0] == 'Z';
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private async Task RunAsync(string guid)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "state"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "power"), "1\n");
        Mood("ok");
        var script = Path.Combine(_folder, "chassis");
        await ExecutableFile.WriteAsync(script, Chassis);
        await File.WriteAllTextAsync(Path.Combine(_folder, "bmc.emu"), Emulation);
        await File.WriteAllTextAsync(Path.Combine(_folder, "lan.conf"), $"""
            name "hv1"
            set_working_mc 0x20
              startlan 1
                addr 127.0.0.1 {_port}
                priv_limit admin
                allowed_auths_callback none md2 md5 straight
                allowed_auths_user none md2 md5 straight
                allowed_auths_operator none md2 md5 straight
                allowed_auths_admin none md2 md5 straight
                guid {guid}
              endlan
              chassis_control "{script}"
              user 1 false "" "unused" user 10 none md2 md5 straight
              user 2 true "admin" "{Password}" admin 10 none md2 md5 straight

            """);
        // Through a shell that becomes it: its output must go to a file, a pipe that nobody reads would block it.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = _folder, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec ipmi_sim -c lan.conf -f bmc.emu -s state -n >sim.log 2>&1");
        _sim = Process.Start(start)!;
        await File.WriteAllTextAsync(Path.Combine(_folder, "pid"), _sim.Id + "\n");

        var reader = new IpmitoolSwitch(new IpmiOptions(), TimeProvider.System);
        for (var n = 0; n < 5; n++)
        {
            if ((await reader.ReadAsync(Device, default)).IsOn) return;
            if (_sim.HasExited) Assert.Fail($"ipmi_sim does not run (Debian package openipmi): {await File.ReadAllTextAsync(Path.Combine(_folder, "sim.log"))}");
        }

        Assert.Fail("ipmi_sim never answered ipmitool (Debian packages openipmi and ipmitool).");
    }

    private static int FreePort()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.Client.LocalEndPoint!).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int pid, int signal);

    private const string Emulation = """
        mc_setbmc 0x20
        mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
        sel_enable 0x20 1000 0x0a
        mc_enable 0x20

        """;

    private const string Chassis = """
        #!/bin/sh
        cd "$(dirname "$0")" || exit 1
        echo "$*" >>log
        read -r mood count <mood
        case $1 in
        get)
            [ "$mood" = unreadable ] && exit 1
            if [ "$mood" = late ] && [ -e told ]; then
                if [ "$count" -gt 0 ]; then echo "late $((count - 1))" >mood; else echo 0 >power; fi
            fi
            shift
            for key; do
                case $key in
                power) echo "power:$(cat power)" ;;
                boot) echo boot:default ;;
                *) exit 1 ;;
                esac
            done ;;
        set)
            [ "$mood" = refuse ] && exit 1
            [ "$mood" = lie ] && exit 0
            [ "$mood" = late ] && { : >told; exit 0; }
            [ "$2" = power ] && echo "$3" >power
            [ "$mood" = mute ] && kill -STOP "$(cat pid)" ;;
        esac
        exit 0

        """;
}
