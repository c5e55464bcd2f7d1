using HaActors.Domain;

namespace HaActors.Simulation.World;

public sealed partial class SimulatedWorld
{
    /// <summary>The mains of a host fail: it is off at once, its copies end, and its BMC dies too if it hangs on them (<see cref="SetBmcDiesWithHost"/>).</summary>
    public void PowerLoss(HypervisorId hypervisor) => Do(() =>
    {
        var host = TheHost(hypervisor);
        Tell($"{hypervisor} loses power");
        if (host.Bmc is { DiesWithHost: true } bmc) bmc.IsDead = true;
        Off(host);
    });

    /// <summary>Somebody presses the power button, the mains being there: the BMC lives, the host boots.</summary>
    public void PowerOn(HypervisorId hypervisor) => Do(() =>
    {
        var host = TheHost(hypervisor);
        if (host.Bmc is { } bmc) bmc.IsDead = false;
        if (host.IsUnfed)
        {
            // Nobody can start a machine that gets no current: whoever stands there switches its outlets on first.
            foreach (var outlet in host.Outlets) outlet.IsOn = true;
        }

        Tell($"{hypervisor} is powered on by hand");
        On(host);
    });

    /// <summary>A host restarts by itself, faster than anybody looks: its copies end, it has a new boot id.</summary>
    public void Reboot(HypervisorId hypervisor) => Do(() =>
    {
        var host = TheHost(hypervisor);
        if (host.IsUnfed) return;
        Tell($"{hypervisor} reboots");
        Off(host);
        On(host);
    });

    /// <summary>
    /// Its init system shuts the host down, or reboots it, in order: the agent answers <c>shutting_down</c> until whoever watches it has heard that, the guests are
    /// shut down, then the power goes off and, with <paramref name="reboot"/>, on again.
    /// </summary>
    public void ShutDown(HypervisorId hypervisor, bool reboot) => Do(() =>
    {
        var host = TheHost(hypervisor);
        if (!host.Runs || host.ShuttingDown) return;
        (host.ShuttingDown, host.ShutdownHeard) = (true, false);
        Tell($"{hypervisor} is being {(reboot ? "rebooted" : "shut down")} in order");
        EndWhenHeard(host, host.Boots, Now + Timings.NoticeLasts, reboot);
    });

    private void EndWhenHeard(Host host, int boot, TimeSpan atTheLatest, bool reboot) => After(TimeSpan.FromSeconds(1), () =>
    {
        bool Goes() => host.Power == HostPower.On && host.Boots == boot && host.ShuttingDown;
        if (!Goes()) return;
        if (host.IsHung)
        {
            // It goes on where it stood, once the kernel does.
            EndWhenHeard(host, boot, atTheLatest, reboot);
            return;
        }

        if (!host.ShutdownHeard && Now < atTheLatest)
        {
            EndWhenHeard(host, boot, atTheLatest, reboot);
            return;
        }

        host.AgentAlive = false;
        host.EndProcess();
        Tell($"{host.Id} agent ended");
        After(Draw(Timings.Guest), () =>
        {
            if (!Goes()) return;
            foreach (var domain in host.Domains.Values.ToArray()) EndCopy(host, domain, "unknown", "shut down with its host");
        });
        After(Timings.Guest.Most + Draw(Timings.PowerOff), () =>
        {
            if (!Goes()) return;
            Off(host);
            if (reboot) On(host);
        });
    });

    /// <summary>An outlet is switched: without the last of them its host is off, with the first one it boots, and its BMC lives and dies with them if it must.</summary>
    internal void SwitchOutlet(Host host, Outlet outlet, bool on)
    {
        if (outlet.IsOn == on) return;
        outlet.IsOn = on;
        Tell($"{host.Id} outlet at {outlet.Strip} {(on ? "on" : "off")}");
        if (host.Bmc is { DiesWithHost: true } bmc) bmc.IsDead = host.IsUnfed;
        if (host.IsUnfed) Off(host);
        else if (on) On(host);
    }

    internal void Off(Host host)
    {
        if (host.Power == HostPower.Off) return;
        host.Power = HostPower.Off;
        host.IsHung = false;
        host.ShuttingDown = false;
        host.EndProcess();
        Tell($"{host.Id} power off");
        foreach (var domain in host.Domains.Values.ToArray()) EndCopy(host, domain, "unknown", "power", powerLost: true);
    }

    internal void On(Host host)
    {
        if (host.Power != HostPower.Off) return;
        host.Power = HostPower.Booting;
        host.Boots++;
        host.BootId = UuidOf($"boot {host.Id} {host.Boots}");
        host.IsHung = false;
        var boot = host.Boots;
        Tell($"{host.Id} boots");
        After(Draw(Timings.Boot), () =>
        {
            if (host.Power == HostPower.Booting && host.Boots == boot) Up(host);
        });
    }

    /// <summary>Boot has ended: libvirt starts what is marked, as far as the hook lets it; the agent reads its files.</summary>
    private void Up(Host host)
    {
        host.Power = HostPower.On;
        host.AgentAlive = true;
        host.LibvirtdAlive = true;
        host.FilledMiB = 0;
        Tell($"{host.Id} is up");
        foreach (var domain in host.Domains.Values.Where(d => d.Autostart).ToList())
        {
            if (StartCopy(host, domain, byBoot: true) is { Code: not null } failure)
                Tell($"{domain.Definition.Name} was not started by the boot of {host.Id}: {failure.Message}");
        }
    }
}
