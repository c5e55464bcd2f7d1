using System.Collections.Concurrent;
using HaActors.Agent.Hosts;
using HaActors.Agent.Libvirt;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary><c>cancel</c>, <c>stop</c> and delete: how an instance leaves this host. No disk is ever touched.</summary>
internal sealed class Ender(StateStore store, IHostFacts facts, AgentOptions options, TimeProvider time, ILogger<Ender> log)
{
    private readonly ConcurrentDictionary<(string Uuid, long Epoch), long> _stopAsked = new();

    /// <summary>
    /// First half of <c>cancel</c>, without the lock: durable at once, so that a run in flight sees it. The hook refuses from now on;
    /// written before libvirt is asked, or a start by a user could slip in between.
    /// </summary>
    internal void Refuse(string uuid, long epoch) => store.Update(uuid, r => r with
    {
        Guard = true,
        Away = true,
        Refused = Math.Max(r.Refused, epoch),
        Floor = Math.Max(r.Floor, epoch),
        Permit = r.Permit <= epoch ? 0 : r.Permit,
        PermitBoot = r.Permit <= epoch ? null : r.PermitBoot,
    });

    /// <summary>Second half, with the lock: a half-made domain goes, a running one is only told of.</summary>
    internal CancelAnswer Cancel(LibvirtConnection libvirt, string hypervisor, string uuid)
    {
        using var domain = libvirt.Find(uuid);
        var present = domain?.IsActive() == true;
        if (present)
        {
            // It lives here, so a restart by its user is no danger unless a higher epoch is known: run stays refused, the hook looks at the floor.
            store.Update(uuid, r => r with { Away = false });
        }
        else if (domain is not null)
        {
            Runner.TakeBack(domain, store.Get(uuid));
        }

        var refused = store.Get(uuid).Refused;
        log.LogInformation("{Uuid} cancelled up to epoch {Epoch}; present: {Present}", uuid, refused, present);
        return new CancelAnswer(hypervisor, facts.BootId, present, refused);
    }

    /// <summary>Asks the guest to shut down; said again after the grace it ends the process. Once per epoch: a later start by the user stays.</summary>
    internal RunAnswer Stop(LibvirtConnection libvirt, string uuid, long epoch)
    {
        var record = store.Get(uuid);
        if (epoch < record.Floor || epoch < record.Stopped)
            throw AgentRefusal.Conflict(AgentCodes.EpochOld, $"{uuid}: epoch {epoch} is below {Math.Max(record.Floor, record.Stopped)}; nothing is stopped");
        using var domain = libvirt.Find(uuid) ?? throw AgentRefusal.NotFound($"libvirt knows no instance {uuid} here");
        if (record.Stopped == epoch && record.StopDone) return new RunAnswer(uuid, domain.State().State, epoch, Already: true);
        if (record.Stopped != epoch) store.Update(uuid, r => r with { Floor = epoch, Stopped = epoch, StopDone = false });
        if (domain.IsActive()) End(domain, uuid, epoch);
        var state = domain.State().State;
        if (state == InstanceState.ShutOff)
        {
            store.Update(uuid, r => r with { StopDone = true, StoppedBoot = null });
            _stopAsked.TryRemove((uuid, epoch), out _);
        }

        return new RunAnswer(uuid, state, epoch, Already: false);
    }

    /// <summary>Forgets the definition of what lives elsewhere. What is remembered of its epochs stays.</summary>
    internal void Delete(LibvirtConnection libvirt, string uuid)
    {
        using var domain = libvirt.Find(uuid);
        if (domain is null && !store.Knows(uuid)) throw AgentRefusal.NotFound($"libvirt knows no instance {uuid} here");
        if (domain?.IsActive() == true) throw AgentRefusal.Conflict(AgentCodes.Present, $"{uuid} is {domain.State().State} here; stop it first");
        store.Update(uuid, r => r with { Guard = true, Away = true, Managed = false, Permit = 0, PermitBoot = null, Made = false });
        // Between the look and the mark a user may have started it.
        if (domain?.IsActive() == true)
        {
            store.Update(uuid, r => r with { Away = false });
            throw AgentRefusal.Conflict(AgentCodes.Present, $"{uuid} was started here just now; stop it first");
        }

        domain?.Undefine();
        log.LogInformation("{Uuid} forgotten; its disks stay", uuid);
    }

    private void End(LibvirtDomain domain, string uuid, long epoch)
    {
        var asked = _stopAsked.GetOrAdd((uuid, epoch), _ => time.GetTimestamp());
        var waited = time.GetElapsedTime(asked);
        if (waited >= options.StopGrace)
        {
            log.LogWarning("{Uuid} has not shut down within {Grace}; its process is ended", uuid, options.StopGrace);
            domain.Destroy();
        }
        else if (domain.State().State != InstanceState.ShuttingDown)
        {
            domain.Shutdown();
        }
    }
}
