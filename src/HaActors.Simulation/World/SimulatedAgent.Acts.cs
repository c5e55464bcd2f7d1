using System.Globalization;
using HaActors.AgentApi;
using HaActors.Domain;

namespace HaActors.Simulation.World;

internal sealed partial class SimulatedAgent
{
    /// <summary>A run that was taken and is under way.</summary>
    /// <param name="Process">The agent's process that took it; another one does not end it.</param>
    internal sealed record RunUnderWay(InstanceId Id, InstanceDefinition Definition, long Epoch, int Process, Host Host);

    /// <summary>First half of <c>run</c>: looks, writes the floor to disk, defines. Either an answer, or something to finish after the time that a start takes.</summary>
    public (AgentReply<RunAnswer>? Answer, RunUnderWay? UnderWay) BeginRun(InstanceId id, RunRequest request)
    {
        if (host.ShuttingDown) return (Refusal.ShuttingDown, null);
        if (!host.LibvirtdAlive) return (Refusal.LibvirtDown, null);
        if (request.Epoch < 1) return (Refusal.Invalid($"epoch is {request.Epoch}; epochs count from 1"), null);
        if (InstanceDefinition.TryParse(request.Definition) is not { } wanted || wanted.Id != id) return (Refusal.Invalid($"the definition is not one of {id}"), null);
        if (Refuses(id, request.Epoch) is { } refusal) return (Told(wanted, request.Epoch, refusal), null);

        var domain = host.Domains.GetValueOrDefault(id);
        var record = Record(id);
        if (record.Started == request.Epoch) return (new RunAnswer(id.Value, StateOf(domain), request.Epoch, Already: true), null);
        if (domain?.Copy is not null) return (Resume(id, domain, record, request.Epoch), null);
        if (Room.Lacks(host, wanted) is { } lack) return (Told(wanted, request.Epoch, Refusal.Conflict(AgentCodes.NoRoom, lack)), null);

        Write(id, r => r with
        {
            Guard = true,
            Floor = request.Epoch,
            Requested = request.Epoch,
            Made = domain is null || (r.Made && r.Requested > r.Started),
            Away = false,
            Permit = request.Epoch,
            PermitBoot = host.BootId,
            StoppedBoot = null,
        });
        if (domain is null) host.Domains[id] = new LibvirtDomain(wanted);
        else (domain.Definition, domain.Autostart) = (wanted, false);
        host.Busy.Add(id);
        world.Tell(Line($"run {wanted.Name} on {host.Id} epoch {request.Epoch} taken"));
        return (null, new RunUnderWay(id, wanted, request.Epoch, host.Process, host));
    }

    /// <summary>Second half of <c>run</c>: starts, unless it was cancelled meanwhile. Null: the process that took it is gone, nobody answers.</summary>
    public AgentReply<RunAnswer>? FinishRun(RunUnderWay rest)
    {
        if (rest.Process != host.Process || !host.Runs) return null;
        host.Busy.Remove(rest.Id);
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        if (!host.Domains.TryGetValue(rest.Id, out var domain)) return Refusal.NotFound($"{rest.Id} was undefined while it was being started");
        if (Record(rest.Id).Refused >= rest.Epoch)
        {
            TakeBack(rest.Id);
            return Told(rest.Definition, rest.Epoch, Refuses(rest.Id, rest.Epoch)!.Value);
        }

        if (domain.Copy is null && world.StartCopy(host, domain) is { Code: { } code } failure)
        {
            TakeBack(rest.Id);
            return Told(rest.Definition, rest.Epoch, new Refusal(code == AgentCodes.StartFailed ? 500 : 409, code, failure.Message, failure.Holder));
        }

        Write(rest.Id, r => r with { Started = rest.Epoch, Made = false });
        world.Tell(Line($"run {rest.Definition.Name} on {host.Id} epoch {rest.Epoch} → {StateOf(domain).ToString().ToLowerInvariant()}"));
        return new RunAnswer(rest.Id.Value, StateOf(domain), rest.Epoch, Already: false);
    }

    public bool IsBusy(InstanceId id) => host.Busy.Contains(id);

    /// <summary>First half of <c>cancel</c>, at once: durable, so that a run under way sees it.</summary>
    public Refusal? Refuse(InstanceId id, long epoch)
    {
        if (epoch < 0) return Refusal.Invalid($"epoch is {epoch}; it must be 0 or more");
        Write(id, r => r with
        {
            Guard = true,
            Away = true,
            Refused = Math.Max(r.Refused, epoch),
            Floor = Math.Max(r.Floor, epoch),
            Permit = r.Permit <= epoch ? 0 : r.Permit,
            PermitBoot = r.Permit <= epoch ? null : r.PermitBoot,
        });
        world.Tell(Line($"cancel {NameOf(id)} on {host.Id} up to epoch {epoch}"));
        return null;
    }

    /// <summary>Second half of <c>cancel</c>, once nothing is under way: a half-made domain goes, a running one is only told of.</summary>
    public AgentReply<CancelAnswer> Cancel(InstanceId id)
    {
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        var present = host.Domains.TryGetValue(id, out var domain) && domain.Copy is not null;
        if (present) Write(id, r => r with { Away = false });
        else if (domain is not null) TakeBack(id);
        return new CancelAnswer(host.Uuid, host.BootId, present, Record(id).Refused);
    }

    /// <summary>Shuts it down, once per epoch: a later start by its user stays.</summary>
    public AgentReply<RunAnswer> Stop(InstanceId id, long epoch)
    {
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        var record = Record(id);
        if (epoch < record.Floor || epoch < record.Stopped) return Refusal.Conflict(AgentCodes.EpochOld, $"{id}: epoch {epoch} is below {Math.Max(record.Floor, record.Stopped)}");
        if (!host.Domains.TryGetValue(id, out var domain)) return Refusal.NotFound($"libvirt knows no instance {id} here");
        if (record.Stopped == epoch) return new RunAnswer(id.Value, StateOf(domain), epoch, Already: true);
        Write(id, r => r with { Floor = epoch, Stopped = epoch, StoppedBoot = null });
        world.EndCopy(host, domain, "shutdown", "stopped by a master");
        return new RunAnswer(id.Value, StateOf(domain), epoch, Already: false);
    }

    /// <summary>Forgets the definition; what is remembered of its epochs stays, and so do its disks.</summary>
    public AgentReply<Nothing> Forget(InstanceId id)
    {
        if (!host.LibvirtdAlive) return Refusal.LibvirtDown;
        var domain = host.Domains.GetValueOrDefault(id);
        if (domain is null && !host.Files.Records.ContainsKey(id)) return Refusal.NotFound($"libvirt knows no instance {id} here");
        if (domain?.Copy is not null) return Refusal.Conflict(AgentCodes.Present, $"{domain.Definition.Name} is active here; stop it first");
        if (domain is not null) world.Tell($"{domain.Definition.Name} forgotten on {host.Id}");
        Write(id, r => r with { Guard = true, Away = true, Managed = false, Permit = 0, PermitBoot = null, Made = false });
        host.Domains.Remove(id);
        return Nothing.Instance;
    }

    private Refusal? Refuses(InstanceId id, long epoch)
    {
        var record = Record(id);
        if (!host.Files.FloorsKnown) return Refusal.Conflict(AgentCodes.EpochsUnknown, "the state directory was empty: a master must tell the floors first (PUT /v1/epochs)");
        if (epoch <= record.Refused) return Refusal.Conflict(AgentCodes.EpochOld, $"{id} was cancelled here up to epoch {record.Refused}; epoch {epoch} is refused for ever") with { RefusedUpTo = record.Refused };
        if (epoch < record.Floor || (epoch == record.Floor && record.Requested != epoch)) return Refusal.Conflict(AgentCodes.EpochOld, $"{id}: epoch {epoch} is not above the floor {record.Floor}") with { RefusedUpTo = record.Floor > epoch ? record.Floor : null };
        // An agent that no master ever cleared has nothing to hold back; one that was cleared has booted since.
        return host.Files.ClearedBoot is { } cleared && cleared != host.BootId
            ? Refusal.Conflict(AgentCodes.NotCleared, "the host has booted since a master last cleared it (POST /v1/host/clear)")
            : null;
    }

    private AgentReply<RunAnswer> Resume(InstanceId id, LibvirtDomain domain, AgentRecord record, long epoch)
    {
        if (record.Requested != epoch) return Told(domain.Definition, epoch, Refusal.Conflict(AgentCodes.Present, $"{domain.Definition.Name} is active here under epoch {record.Started}"));
        Write(id, r => r with { Started = epoch, Made = false });
        return new RunAnswer(id.Value, StateOf(domain), epoch, Already: true);
    }

    /// <summary>Takes away what a run made and did not start; a definition that was here before stays.</summary>
    private void TakeBack(InstanceId id)
    {
        var record = Record(id);
        if (record.Made && record.Requested > record.Started && host.Domains.TryGetValue(id, out var domain) && domain.Copy is null) host.Domains.Remove(id);
    }

    private Refusal Told(InstanceDefinition instance, long epoch, Refusal refusal)
    {
        world.Tell(Line($"run {instance.Name} on {host.Id} epoch {epoch} → {refusal.Code}{(refusal.Holder is null ? "" : $" by {refusal.Holder}")}"));
        return refusal;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
