using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;

namespace HaActors.Storage.Inventory;

/// <summary>Folds one agent's list into the tables; writes only what changed, for a report comes with every change of any instance there.</summary>
internal static class ReportWriter
{
    internal const int DefaultMaxRestartAttempts = 3;
    internal const int DefaultPriority = 100;

    /// <summary>Returns how many instances were written.</summary>
    internal static async Task<int> SaveAsync(DataConnection db, HypervisorId hypervisor, InstanceReport report, DateTimeOffset at, CancellationToken stopping)
    {
        var optIn = await (from h in db.GetTable<HypervisorRow>()
                           join l in db.GetTable<LocationRow>() on h.LocationId equals l.Id
                           where h.Id == hypervisor.Value
                           select (bool?)l.InstancesHaEnabled).FirstOrDefaultAsync(stopping).ConfigureAwait(false);
        if (optIn is not { } haEnabled)
            return 0;
        var reported = report.Instances.GroupBy(i => i.Id.Value, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var ids = reported.Keys.ToArray();
        var rows = await db.GetTable<InstanceRow>().Where(i => i.HypervisorId == hypervisor.Value || ids.Contains(i.Id)).ToListAsync(stopping).ConfigureAwait(false);
        var definitions = await db.GetTable<DefinitionRow>().Where(d => ids.Contains(d.InstanceId)).ToDictionaryAsync(d => d.InstanceId, d => d.Definition, stopping).ConfigureAwait(false);
        var known = rows.ToDictionary(r => r.Id, StringComparer.Ordinal);
        var written = 0;
        foreach (var (id, found) in reported.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            if (!known.TryGetValue(id, out var row))
                await db.InsertAsync(New(hypervisor, found, haEnabled), token: stopping).ConfigureAwait(false);
            else if (row.HypervisorId != hypervisor.Value)
                continue;       // Its place is its actor's word; a returning host must not overwrite what moved away.
            else if (Fold(row, found))
                await db.UpdateAsync(row, token: stopping).ConfigureAwait(false);
            else if (definitions.GetValueOrDefault(id) == found.Definition)
                continue;
            written++;
            await KeepDefinitionAsync(db, hypervisor, found, definitions.GetValueOrDefault(id), at, stopping).ConfigureAwait(false);
        }

        foreach (var gone in rows.Where(r => r.HypervisorId == hypervisor.Value && r.MissingSince is null && !reported.ContainsKey(r.Id)))
        {
            gone.State = nameof(InstanceState.Unknown);
            gone.MissingSince = Times.ToText(at);
            await db.UpdateAsync(gone, token: stopping).ConfigureAwait(false);
            written++;
        }

        return written;
    }

    private static InstanceRow New(HypervisorId hypervisor, ReportedInstance found, bool haEnabled) => new()
    {
        Id = found.Id.Value,
        Name = found.Name,
        HypervisorId = hypervisor.Value,
        State = found.State.ToString(),
        UserStopped = found.UserStopped,
        HaEnabled = haEnabled,
        MaxRestartAttempts = DefaultMaxRestartAttempts,
        Priority = DefaultPriority,
        Vcpus = found.Vcpus,
        MemoryMiB = found.MemoryMiB,
        Disks = RowMapping.Disks(found.Disks),
        Epoch = found.Epoch,
    };

    /// <summary>True if anything changed.</summary>
    private static bool Fold(InstanceRow row, ReportedInstance found)
    {
        var before = (row.Name, row.State, row.UserStopped, row.Vcpus, row.MemoryMiB, row.Disks, row.Epoch, row.MissingSince);
        row.Name = found.Name;
        row.State = found.State.ToString();
        row.UserStopped = found.UserStopped;
        row.Vcpus = found.Vcpus;
        row.MemoryMiB = found.MemoryMiB;
        row.Disks = RowMapping.Disks(found.Disks);
        row.Epoch = Math.Max(row.Epoch, found.Epoch);
        row.MissingSince = null;
        return before != (row.Name, row.State, row.UserStopped, row.Vcpus, row.MemoryMiB, row.Disks, row.Epoch, row.MissingSince);
    }

    /// <summary>An empty definition (the agent could not read it) never replaces one that could start the instance.</summary>
    private static async Task KeepDefinitionAsync(DataConnection db, HypervisorId hypervisor, ReportedInstance found, string? stored, DateTimeOffset at, CancellationToken stopping)
    {
        if (string.IsNullOrEmpty(found.Definition) || found.Definition == stored)
            return;
        var row = new DefinitionRow { InstanceId = found.Id.Value, Definition = found.Definition, ReportedBy = hypervisor.Value, ChangedAt = Times.ToText(at) };
        if (stored is null)
            await db.InsertAsync(row, token: stopping).ConfigureAwait(false);
        else
            await db.UpdateAsync(row, token: stopping).ConfigureAwait(false);
    }
}
