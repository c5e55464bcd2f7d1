using System.Security.Cryptography;
using System.Text;
using System.Xml;
using HaActors.Agent.Hosts;
using HaActors.Agent.Libvirt;
using HaActors.Agent.State;
using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary>Looks at libvirt for everyone: at most one look at a time, so that a thousand questions cost one answer.</summary>
internal sealed class InstanceWatch(LibvirtPool pool, StateStore store, IHostFacts facts, InstanceLocks locks, Datastores datastores, AgentOptions options, TimeProvider time, ILogger<InstanceWatch> log)
{
    /// <summary>A look that takes longer is given up and begun anew; the pool bounds how many hang.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);
    /// <summary>libvirt may be slow for a moment: what it said this long ago still counts as an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefinitionAge = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PoolAge = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (SeenInstance Seen, long ReadAt)> _details = new(StringComparer.Ordinal);
    private Task<Sighting>? _looking;
    private (Sighting Sighting, long At)? _last;
    private string? _hypervisor;
    private long? _poolsAt;
    private IReadOnlyList<DirectoryPool> _pools = [];

    /// <summary>The last sighting if it is young enough, else a new one.</summary>
    /// <param name="age">Oldest that is good enough; zero asks libvirt anew.</param>
    /// <param name="limit">Longest wait.</param>
    /// <exception cref="LibvirtDownException">libvirt does not answer.</exception>
    internal async Task<Sighting> LookAsync(TimeSpan age, TimeSpan limit)
    {
        Task<Sighting> looking;
        lock (_gate)
        {
            if (age > TimeSpan.Zero && _last is { } last && time.GetElapsedTime(last.At) <= age) return last.Sighting;
            if (_looking is null || _looking.IsCompleted) _looking = LookNowAsync();
            // What a look in flight has read already may be older than the question.
            else if (age == TimeSpan.Zero) _looking = AfterAsync(_looking);
            looking = _looking;
        }

        try
        {
            return await looking.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            lock (_gate)
            {
                if (age > TimeSpan.Zero && _last is { } last && time.GetElapsedTime(last.At) <= Patience) return last.Sighting;
                var since = _last is { } l ? $"for {time.GetElapsedTime(l.At).TotalSeconds:0} s" : "yet";
                throw new LibvirtDownException($"libvirt at {pool.Uri} has not answered {since}");
            }
        }
    }

    /// <summary>Where a disk lies: the path, resolving a pool's volume, and the datastore.</summary>
    internal (string Source, string? Datastore) Place(DefinedDisk disk)
    {
        var source = disk.Pool is null ? disk.Source
            : _pools.FirstOrDefault(p => p.Name == disk.Pool) is { } directory ? $"{directory.Path}/{disk.Source}" : $"{disk.Pool}/{disk.Source}";
        return (source, datastores.UuidOf(source));
    }

    private async Task<Sighting> AfterAsync(Task<Sighting> before)
    {
        await ((Task)before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await LookNowAsync().ConfigureAwait(false);
    }

    private async Task<Sighting> LookNowAsync()
    {
        var sighting = await pool.ReadAsync(Look, LookLimit).ConfigureAwait(false);
        try
        {
            Settle(sighting);
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            // A full disk makes libvirt no less healthy; whatever has to be durable fails by itself.
            log.LogWarning("what was seen cannot be written down: {Reason}", full.Message);
        }

        // What was settled belongs to the version that is told.
        sighting = sighting with { Version = VersionOf(sighting.Instances) };
        lock (_gate) _last = (sighting, time.GetTimestamp());
        return sighting;
    }

    private Sighting Look(LibvirtConnection libvirt)
    {
        _hypervisor ??= libvirt.HostUuid()?.ToLowerInvariant() ?? facts.MachineId ?? throw new LibvirtDownException("libvirt has no host UUID and the host no /etc/machine-id");
        if (_poolsAt is not { } at || time.GetElapsedTime(at) > PoolAge)
        {
            _pools = libvirt.DirectoryPools();
            _poolsAt = time.GetTimestamp();
            datastores.Paths = options.Datastores.Count > 0 ? options.Datastores : [.. _pools.Select(p => p.Path).Distinct()];
        }

        var seen = new List<SeenInstance>();
        foreach (var domain in libvirt.Domains())
        {
            using (domain)
            {
                try
                {
                    seen.Add(See(domain));
                }
                catch (LibvirtException gone) when (gone.Code == LibvirtCodes.NoDomain)
                {
                    // went away while we looked
                }
                catch (Exception bad) when (bad is XmlException || (bad is LibvirtException && libvirt.IsAlive))
                {
                    // One domain that cannot be read makes no host sick; it is told as being here, in a state that blocks a start elsewhere.
                    seen.Add(new SeenInstance(domain.Uuid(), domain.Name(), InstanceState.Other, bad.Message, false, "", new Definition(null, null, 0, 0, [])));
                }
            }
        }

        seen.Sort((a, b) => string.CompareOrdinal(a.Uuid, b.Uuid));
        lock (_details)
        {
            foreach (var uuid in _details.Keys.Except(seen.Select(s => s.Uuid)).ToList()) _details.Remove(uuid);
        }

        return new Sighting(_hypervisor, facts.BootId, "", seen);
    }

    private SeenInstance See(LibvirtDomain domain)
    {
        var uuid = domain.Uuid();
        var (state, reason) = domain.State();
        lock (_details)
        {
            if (_details.TryGetValue(uuid, out var known) && known.Seen.State == state && known.Seen.Reason == reason && time.GetElapsedTime(known.ReadAt) < DefinitionAge) return known.Seen;
        }

        var xml = domain.Definition();
        var seen = new SeenInstance(uuid, domain.Name(), state, reason, domain.Autostart(), xml, Definition.Parse(xml), Transient: !domain.IsPersistent());
        lock (_details) _details[uuid] = (seen, time.GetTimestamp());
        return seen;
    }

    /// <summary>Writes down what can only be seen now: libvirt forgets why a domain ended when its daemon restarts.</summary>
    private void Settle(Sighting sighting)
    {
        foreach (var seen in sighting.Instances)
        {
            // An act in flight writes its own outcome; what we saw may be its middle.
            using var held = locks.TryEnter(seen.Uuid);
            if (held is null) continue;
            var record = store.Get(seen.Uuid);
            if (seen.State != InstanceState.ShutOff)
            {
                if (record.StoppedBoot is not null) store.Update(seen.Uuid, r => r with { StoppedBoot = null });
            }
            else if (DomainStates.EndedOnPurpose(seen.State, seen.Reason) && record.StoppedBoot != sighting.BootId && !StoppedByMaster(record))
            {
                store.Update(seen.Uuid, r => r with { StoppedBoot = sighting.BootId });
                log.LogInformation("{Instance} ({Uuid}) was shut off by its user ({Reason})", seen.Name, seen.Uuid, seen.Reason);
            }
        }
    }

    private static bool StoppedByMaster(InstanceRecord record) => record.Stopped >= 0 && record.Stopped >= record.Started;

    private string VersionOf(IReadOnlyList<SeenInstance> instances)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var i in instances)
        {
            // Where its disks lie is part of what is told: a datastore that is marked, or mounted, after the first look is news.
            foreach (var disk in i.Definition.Disks)
                hash.AppendData(Encoding.UTF8.GetBytes($"{Place(disk)}\n"));
            hash.AppendData(Encoding.UTF8.GetBytes($"{i.Uuid}\n{i.Name}\n{i.State}\n{i.Reason}\n{i.Autostart}\n{i.Xml}\n{store.Get(i.Uuid).Format()}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
