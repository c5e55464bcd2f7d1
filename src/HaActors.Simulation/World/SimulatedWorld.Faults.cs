using HaActors.Domain;

namespace HaActors.Simulation.World;

public sealed partial class SimulatedWorld
{
    /// <summary>Nobody reaches the host by its network; it runs on, and so does its BMC.</summary>
    public void CutCable(HypervisorId hypervisor) => Change(hypervisor, "cable cut", h => h.CablePlugged = false);

    public void PlugCable(HypervisorId hypervisor) => Change(hypervisor, "cable plugged", h => h.CablePlugged = true);

    public void FilterIcmp(HypervisorId hypervisor, bool filtered = true) => Change(hypervisor, filtered ? "drops ping" : "answers ping again", h => h.IcmpFiltered = filtered);

    /// <summary>One master can't reach one host; the others can.</summary>
    public void Partition(string master, HypervisorId hypervisor) => Change(hypervisor, $"out of reach of {master}", h => h.CutFrom.Add(master));

    public void HealPartition(string master, HypervisorId hypervisor) => Change(hypervisor, $"in reach of {master}", h => h.CutFrom.Remove(master));

    /// <summary>One master reaches nothing any more: no host, no BMC.</summary>
    public void IsolateMaster(string master) => Do(() =>
    {
        _isolated.Add(master);
        Tell($"{master} isolated");
    });

    public void RejoinMaster(string master) => Do(() =>
    {
        _isolated.Remove(master);
        Tell($"{master} rejoined");
    });

    /// <summary>The kernel takes connections and answers nothing; its instances run on.</summary>
    public void Hang(HypervisorId hypervisor, bool answersPing = true) => Change(hypervisor, "hangs", h =>
    {
        h.IsHung = h.Runs;
        h.AnswersPingWhileHung = answersPing;
    });

    public void Unhang(HypervisorId hypervisor) => Change(hypervisor, "answers again", h => h.IsHung = false);

    /// <summary>The agent's process dies; what it was doing is left half done. Connections are refused.</summary>
    public void KillAgent(HypervisorId hypervisor) => Change(hypervisor, "agent killed", h =>
    {
        h.AgentAlive = false;
        h.EndProcess();
    });

    public void StartAgent(HypervisorId hypervisor) => Change(hypervisor, "agent started", h => h.AgentAlive = true);

    /// <summary>Another version is installed, and its process started anew; or it does not come up at all (<paramref name="starts"/>).</summary>
    public void UpgradeAgent(HypervisorId hypervisor, string version, bool starts = true) => Change(hypervisor, starts ? $"agent upgraded to {version}" : $"agent upgraded to {version}, which does not start", h =>
    {
        h.AgentVersion = version;
        h.EndProcess();
        h.AgentAlive = starts;
    });

    public void KillLibvirtd(HypervisorId hypervisor) => Change(hypervisor, "libvirtd killed", h => h.LibvirtdAlive = false);

    public void StartLibvirtd(HypervisorId hypervisor) => Change(hypervisor, "libvirtd started", h => h.LibvirtdAlive = true);

    public void RemoveHook(HypervisorId hypervisor) => Change(hypervisor, "hook removed", h => h.HookInstalled = false);

    public void InstallHook(HypervisorId hypervisor) => Change(hypervisor, "hook installed", h => h.HookInstalled = true);

    /// <summary>The agent's state directory is empty: no floors, no cleared boot, nobody is managed.</summary>
    public void WipeAgentState(HypervisorId hypervisor) => Change(hypervisor, "agent state wiped", h => h.Files = new AgentFiles());

    /// <summary>Something that is no instance takes memory.</summary>
    /// <param name="mib">How much of it is left for instances, in MiB.</param>
    public void FillMemory(HypervisorId hypervisor, long mib = 0) => Change(hypervisor, $"memory filled, {mib} MiB left", h =>
        h.FilledMiB = Math.Max(0, Room.LeftMiB(h) + h.FilledMiB - mib));

    public void FreeMemory(HypervisorId hypervisor) => Change(hypervisor, "memory freed", h => h.FilledMiB = 0);

    /// <summary>A datastore goes out of reach of one host; guests that run on it are not touched.</summary>
    public void CutDatastore(HypervisorId hypervisor, DatastoreId datastore) => Change(hypervisor, $"datastore {datastore} out of reach", h =>
    {
        foreach (var volume in VolumesOf(h).Where(v => v.Id == datastore)) volume.OutOfReachOf.Add(h.Id);
    });

    public void HealDatastore(HypervisorId hypervisor, DatastoreId datastore) => Change(hypervisor, $"datastore {datastore} in reach", h =>
    {
        foreach (var volume in VolumesOf(h).Where(v => v.Id == datastore)) volume.OutOfReachOf.Remove(h.Id);
    });

    /// <param name="late">Only for <see cref="BmcMode.Late"/>: how much later each answer comes.</param>
    public void SetBmcMode(HypervisorId hypervisor, BmcMode mode, TimeSpan late = default) => ChangeBmc(hypervisor, $"BMC mode {mode}", b =>
    {
        if (b.Mode == BmcMode.LieStatus) b.LiedUntil = Now;
        b.Mode = mode;
        b.Late = late;
        b.IsDead = false;
    });

    /// <summary>The next status reading says off, whatever is so; the one after it is true again.</summary>
    public void BmcReadsOffOnce(HypervisorId hypervisor) => ChangeBmc(hypervisor, "BMC reads off once", b => b.FalseOffs = 1);

    public void BmcOffNetwork(HypervisorId hypervisor) => ChangeBmc(hypervisor, "BMC off the network", b => b.OnNetwork = false);

    public void BmcOnNetwork(HypervisorId hypervisor) => ChangeBmc(hypervisor, "BMC on the network", b => b.OnNetwork = true);

    /// <summary>Whether the BMC hangs on the host's power supply, and so dies with its mains. It doesn't unless told.</summary>
    public void SetBmcDiesWithHost(HypervisorId hypervisor, bool dies = true) => ChangeBmc(hypervisor, dies ? "BMC has no power of its own" : "BMC has power of its own", b => b.DiesWithHost = dies);

    /// <summary>The main board was replaced: the same address, another BMC.</summary>
    public void ReplaceBmc(HypervisorId hypervisor) => ChangeBmc(hypervisor, "BMC replaced by another one", b => b.Identity = UuidOf($"another bmc {hypervisor}"));

    /// <summary>Its BMC tells the identity of another host's, as a board does that was copied from a template.</summary>
    public void CopyBmcIdentity(HypervisorId hypervisor, HypervisorId from) => ChangeBmc(hypervisor, $"BMC tells the identity of {from}'s", b => b.Identity = BmcIn(from).Identity);

    /// <summary>From now on it lets in with this password and no other.</summary>
    public void SetBmcPassword(HypervisorId hypervisor, Secret password) => ChangeBmc(hypervisor, "BMC takes the new password", b =>
    {
        b.Password = password;
        b.Mode = BmcMode.Ok;
    });

    /// <summary>All outlets of one host, or of all.</summary>
    public void SetOutletMode(HypervisorId hypervisor, BmcMode mode, string? strip = null) => Do(() =>
    {
        foreach (var outlet in TheHost(hypervisor).Outlets.Where(o => strip is null || o.Strip == strip))
        {
            outlet.Mode = mode;
            outlet.IsDead = false;
            Tell($"{hypervisor} outlet at {outlet.Strip} mode {mode}");
        }
    });

    /// <summary>A power strip is in reach, or not; what it feeds goes on as it is.</summary>
    public void StripOnNetwork(string strip, bool on) => Do(() =>
    {
        foreach (var outlet in _hosts.Values.SelectMany(h => h.Outlets).Where(o => o.Strip == strip)) outlet.OnNetwork = on;
        Tell($"{strip} {(on ? "on" : "off")} the network");
    });

    /// <summary>The cables of two BMCs are swapped: each one's address leads to the other's host.</summary>
    public void SwapBmcs(HypervisorId first, HypervisorId second) => Do(() =>
    {
        var (a, b) = (BmcIn(first), BmcIn(second));
        (a.Address, b.Address) = (b.Address, a.Address);
        Tell($"BMCs of {first} and {second} swapped");
    });

    /// <summary>Its user shuts it down, now.</summary>
    /// <param name="on">Null: wherever it runs.</param>
    public void ShutDownInstance(InstanceId instance, HypervisorId? on = null) => Do(() =>
    {
        foreach (var host in _hosts.Values.Where(h => h.Runs && h.LibvirtdAlive && (on is null || h.Id == on)))
        {
            if (host.Domains.TryGetValue(instance, out var domain)) EndCopy(host, domain, "shutdown", "shut down by its user");
        }
    });

    /// <summary>Its user starts it on a host that has its definition.</summary>
    /// <returns>Null, or why libvirt refused.</returns>
    public string? StartInstanceByUser(HypervisorId hypervisor, InstanceId instance) => Do(() =>
    {
        var host = TheHost(hypervisor);
        if (!host.Runs || !host.LibvirtdAlive) return $"libvirt of {hypervisor} does not answer";
        if (!host.Domains.TryGetValue(instance, out var domain)) return $"libvirt of {hypervisor} knows no {instance}";
        if (domain.Copy is not null) return null;
        Tell($"{domain.Definition.Name} is started by its user on {hypervisor}");
        return StartCopy(host, domain, byUser: true) is { Code: not null } failure ? failure.Message : null;
    });

    /// <summary>An I/O error pauses it: it holds its disks and counts no more.</summary>
    public void PauseInstance(InstanceId instance) => Do(() =>
    {
        foreach (var host in _hosts.Values)
        {
            if (!host.Domains.TryGetValue(instance, out var domain) || domain.Copy is not { Paused: false } copy) continue;
            domain.Copy = copy with { CountedBefore = CounterOf(copy), Paused = true };
            domain.Reason = "io-error";
            Tell($"{domain.Definition.Name} paused on {host.Id} (I/O error)");
        }
    });

    /// <summary>The I/O error is gone and it runs on.</summary>
    public void UnpauseInstance(InstanceId instance) => Do(() =>
    {
        foreach (var host in _hosts.Values)
        {
            if (!host.Domains.TryGetValue(instance, out var domain) || domain.Copy is not { Paused: true } copy) continue;
            domain.Copy = copy with { StartedAt = Now, Paused = false };
            domain.Reason = "unpaused";
            Tell($"{domain.Definition.Name} runs on again on {host.Id}");
        }
    });

    /// <summary>Somebody defines it on another host, from a definition that lies about, past HaActors.</summary>
    public void DefineInstanceByUser(HypervisorId hypervisor, InstanceId instance) => Do(() =>
    {
        if (_hosts.Values.Select(h => h.Domains.GetValueOrDefault(instance)).FirstOrDefault(d => d is not null) is not { } known || TheHost(hypervisor) is not { Runs: true, LibvirtdAlive: true, IsHung: false }) return;
        TheHost(hypervisor).Domains.TryAdd(instance, new LibvirtDomain(known.Definition));
        Tell($"{known.Definition.Name} is defined by hand on {hypervisor}");
    });

    /// <summary>As the one that names both sides, from wherever it runs; nothing if it runs nowhere, or there.</summary>
    public void MigrateInstanceByOperator(InstanceId instance, HypervisorId to)
    {
        if (Copies(instance) is [{ Hypervisor: var from }] && from != to) MigrateInstanceByOperator(instance, from, to);
    }

    /// <summary>An operator moves it by libvirt's own live migration, past HaActors. It takes a while and then moves at one moment.</summary>
    /// <param name="transient">As libvirt does it unless told otherwise: no definition on the destination's disk, and the one at the source stays.</param>
    public void MigrateInstanceByOperator(InstanceId instance, HypervisorId from, HypervisorId to, bool transient = false) => Do(() =>
    {
        var source = TheHost(from);
        var destination = TheHost(to);
        if (!source.Domains.TryGetValue(instance, out var domain) || domain.Copy is not { } began) throw new ArgumentException($"{instance} does not run on {from}.", nameof(instance));
        var name = domain.Definition.Name;
        Tell($"{name} is being migrated from {from} to {to} by an operator");
        After(Draw(Timings.Guest), () => Arrive(name, source, destination, domain, began, transient));
    });

    private void Arrive(string name, Host source, Host destination, LibvirtDomain domain, RunningCopy began, bool transient)
    {
        var refusal = domain.Copy != began || !CanMigrate(source) || !CanMigrate(destination) ? "a side is gone" : Hook.Refuses(destination, domain.Definition) ?? WhyNotOpen(destination, domain.Definition);
        if (refusal is not null)
        {
            Tell($"migration of {name} to {destination.Id} failed: {refusal}");
            return;
        }

        EndCopy(source, domain, "migrated", $"migrated to {destination.Id}");
        var arrived = new LibvirtDomain(domain.Definition) { Autostart = !transient && domain.Autostart, IsTransient = transient };
        destination.Domains[domain.Definition.Id] = arrived;
        if (StartCopy(destination, arrived) is { Code: not null } failure)
        {
            Tell($"migration of {name} to {destination.Id} failed: {failure.Message}");
            StartCopy(source, domain);
        }
        else if (!transient)
        {
            source.Domains.Remove(domain.Definition.Id);
        }
    }

    /// <summary>Memory goes over the network from one living libvirtd to another.</summary>
    private static bool CanMigrate(Host host) => host is { Runs: true, LibvirtdAlive: true, IsHung: false, CablePlugged: true };

    private Bmc BmcIn(HypervisorId hypervisor) => TheHost(hypervisor).Bmc ?? throw new ArgumentException($"{hypervisor} has no BMC.", nameof(hypervisor));

    private void Change(HypervisorId hypervisor, string what, Action<Host> change) => Do(() =>
    {
        change(TheHost(hypervisor));
        Tell($"{hypervisor} {what}");
    });

    private void ChangeBmc(HypervisorId hypervisor, string what, Action<Bmc> change) => Do(() =>
    {
        change(BmcIn(hypervisor));
        Tell($"{hypervisor} {what}");
    });
}
