using System.Xml;
using HaActors.Agent.Hosts;
using HaActors.Agent.Libvirt;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary>
/// <c>run</c>: define and start, once per epoch. What is on disk at each moment decides what a crash leaves:
/// before the floor nothing happened; between floor and <c>started</c> libvirt is looked at; after it nothing is started again.
/// The caller holds the instance's lock.
/// </summary>
internal sealed class Runner(StateStore store, IHostFacts facts, Room room, ILogger<Runner> log)
{
    /// <summary>A crash point of tests, called between the named steps; nothing in the product sets it.</summary>
    internal Action<string>? Step { get; init; }

    internal RunAnswer Run(LibvirtConnection libvirt, string uuid, RunRequest request)
    {
        var wanted = Read(uuid, request);
        var record = store.Get(uuid);
        RefuseOld(uuid, record, request.Epoch);
        using var present = libvirt.Find(uuid);
        var active = present?.IsActive() == true;
        if (record.Started == request.Epoch) return new RunAnswer(uuid, StateOf(present), request.Epoch, Already: true);
        if (active) return Resume(uuid, present!, record, request.Epoch);

        using var reservation = room.Reserve(libvirt, uuid, wanted);
        record = store.Update(uuid, r =>
        {
            RefuseOld(uuid, r, request.Epoch);    // a cancel does not wait for our lock
            return r with
            {
                Guard = true,
                Floor = request.Epoch,
                Requested = request.Epoch,
                Made = present is null || (r.Made && r.Requested > r.Started),
                Away = false,
                Permit = request.Epoch,
                PermitBoot = facts.BootId,
                StoppedBoot = null,
                AutostartWish = request.Autostart ?? r.AutostartWish,
            };
        });
        Step?.Invoke("floor written");
        using var domain = Define(libvirt, request.Definition, record, uuid);
        Step?.Invoke("defined");
        // What a cancel refused meanwhile must not start.
        if (store.Get(uuid).Refused >= request.Epoch)
        {
            TakeBack(domain, record);
            RefuseOld(uuid, store.Get(uuid), request.Epoch);
        }

        Start(libvirt, domain, wanted, record);
        Step?.Invoke("started");
        store.Update(uuid, r => r with { Started = request.Epoch, Made = false });
        log.LogInformation("{Instance} ({Uuid}) started under epoch {Epoch}", wanted.Name, uuid, request.Epoch);
        return new RunAnswer(uuid, domain.State().State, request.Epoch, Already: false);
    }

    /// <summary>Takes away what a run made and did not start. Disks stay; a definition that was here before stays.</summary>
    internal static void TakeBack(LibvirtDomain domain, InstanceRecord record)
    {
        if (record.Made && record.Requested > record.Started && !domain.IsActive()) domain.Undefine();
    }

    private static Definition Read(string uuid, RunRequest request)
    {
        if (request.Epoch < 1) throw AgentRefusal.Invalid($"epoch is {request.Epoch}; epochs count from 1");
        try
        {
            var definition = Definition.Parse(request.Definition);
            return definition.Uuid == uuid ? definition : throw AgentRefusal.Invalid($"the definition is of {definition.Uuid ?? "no uuid"}, the request of {uuid}");
        }
        catch (XmlException bad)
        {
            throw AgentRefusal.Invalid($"the definition is no domain XML: {bad.Message}");
        }
    }

    private void RefuseOld(string uuid, InstanceRecord record, long epoch)
    {
        if (!store.FloorsKnown)
            throw AgentRefusal.Conflict(AgentCodes.EpochsUnknown, "the state directory was empty: a master must tell the floors first (PUT /v1/epochs)");
        if (epoch <= record.Refused)
            throw AgentRefusal.EpochOld($"{uuid} was cancelled here up to epoch {record.Refused}; epoch {epoch} is refused for ever", record.Refused);
        if (epoch < record.Floor || (epoch == record.Floor && record.Requested != epoch))
            throw AgentRefusal.EpochOld($"{uuid}: epoch {epoch} is not above the floor {record.Floor}", record.Floor > epoch ? record.Floor : null);
    }

    private RunAnswer Resume(string uuid, LibvirtDomain domain, InstanceRecord record, long epoch)
    {
        var state = domain.State().State;
        if (record.Requested != epoch)
            throw AgentRefusal.Conflict(AgentCodes.Present, $"{uuid} is {state} here under epoch {record.Started}; it is not started again, and not touched");
        // We died in the middle of the start; libvirt goes on with it, and it may fail.
        if (state == InstanceState.Other)
            throw new AgentRefusal(503, AgentCodes.Starting, $"{uuid} is being started here under epoch {epoch}; ask again when that is over");
        // We died after the start and before writing so: nobody else could have started it, the hook let only this epoch pass.
        store.Update(uuid, r => r with { Started = epoch, Made = false });
        log.LogWarning("{Uuid}: epoch {Epoch} was running already; the agent had stopped before it could write so", uuid, epoch);
        return new RunAnswer(uuid, state, epoch, Already: true);
    }

    private static LibvirtDomain Define(LibvirtConnection libvirt, string definition, InstanceRecord record, string uuid)
    {
        try
        {
            var domain = libvirt.Define(definition);
            if (domain.Autostart()) domain.SetAutostart(false);
            return domain;
        }
        catch (LibvirtException refused) when (libvirt.IsAlive)
        {
            throw AgentRefusal.Invalid($"libvirt refuses the definition of {uuid} (epoch {record.Requested}): {refused.Message}");
        }
    }

    private void Start(LibvirtConnection libvirt, LibvirtDomain domain, Definition wanted, InstanceRecord record)
    {
        try
        {
            domain.Start();
        }
        catch (LibvirtException failure) when (libvirt.IsAlive)
        {
            log.LogWarning("{Instance} did not start under epoch {Epoch}: {Reason}", wanted.Name, record.Requested, failure.Message);
            TakeBack(domain, record);
            RefuseOld(wanted.Uuid!, store.Get(wanted.Uuid!), record.Requested);    // cancelled meanwhile: then the hook said no
            throw StartFailures.Refusal(libvirt, wanted, failure.Message);
        }
    }

    private static InstanceState StateOf(LibvirtDomain? domain) => domain?.State().State ?? InstanceState.ShutOff;
}
