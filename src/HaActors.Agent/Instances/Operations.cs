using HaActors.Agent.Libvirt;
using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary>Every act on an instance: takes its lock, and a thread that may hang. A caller that gave up leaves the act running, with its lock.</summary>
internal sealed class Operations(LibvirtPool pool, InstanceLocks locks, InstanceWatch watch, Runner runner, Ender ender, OptIn optIn)
{
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ShortAct = TimeSpan.FromSeconds(20);
    /// <summary>libvirt may take long to start a large guest; a master allows 5 min.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(4);

    internal Task<RunAnswer> RunAsync(string uuid, RunRequest request) =>
        WithLockAsync(uuid, libvirt => runner.Run(libvirt, uuid, request), StartLimit);

    internal async Task<CancelAnswer> CancelAsync(string uuid, long epoch)
    {
        if (epoch < 0) throw AgentRefusal.Invalid($"epoch is {epoch}; it must be 0 or more");
        ender.Refuse(uuid, epoch);
        var hypervisor = (await watch.LookAsync(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5)).ConfigureAwait(false)).HypervisorUuid;
        return await WithLockAsync(uuid, libvirt => ender.Cancel(libvirt, hypervisor, uuid), ShortAct).ConfigureAwait(false);
    }

    internal Task<RunAnswer> StopAsync(string uuid, long epoch)
    {
        if (epoch < 0) throw AgentRefusal.Invalid($"epoch is {epoch}; it must be 0 or more");
        return WithLockAsync(uuid, libvirt => ender.Stop(libvirt, uuid, epoch), ShortAct);
    }

    internal Task DeleteAsync(string uuid) => WithLockAsync(uuid, libvirt =>
    {
        ender.Delete(libvirt, uuid);
        return true;
    }, ShortAct);

    internal Task ManageAsync(string uuid, ManagedRequest request) => WithLockAsync(uuid, libvirt =>
    {
        optIn.Set(libvirt, uuid, request);
        return true;
    }, ShortAct);

    private async Task<T> WithLockAsync<T>(string uuid, Func<LibvirtConnection, T> work, TimeSpan limit)
    {
        var held = await locks.EnterAsync(uuid, LockLimit).ConfigureAwait(false)
            ?? throw new LibvirtDownException($"another act on {uuid} has not ended for {LockLimit.TotalSeconds:0} s; its outcome is unknown, ask again");
        var begun = 0;
        try
        {
            return await pool.ActAsync(libvirt =>
            {
                if (Interlocked.CompareExchange(ref begun, 1, 0) != 0) throw new LibvirtDownException("given up before libvirt answered");
                using (held) return work(libvirt);
            }, limit).ConfigureAwait(false);
        }
        finally
        {
            // Not begun: no connection, or no thread. A thread that still tries to connect finds the mark, and must not act.
            if (Interlocked.CompareExchange(ref begun, 2, 0) == 0) held.Dispose();
        }
    }
}
