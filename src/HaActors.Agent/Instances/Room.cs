using HaActors.Agent.Hosts;
using HaActors.Agent.Libvirt;
using HaActors.AgentApi;

namespace HaActors.Agent.Instances;

/// <summary>
/// Is there room for one more? A master's reservation is a courtesy, this is the guarantee: it counts what libvirt runs now,
/// whoever started it, and what is being started.
/// </summary>
internal sealed class Room(AgentOptions options, IHostFacts facts)
{
    /// <summary>What QEMU itself needs for a guest beside the guest's memory, MiB.</summary>
    private const long PerGuestMiB = 256;
    private const double VcpuOvercommit = 4.0;

    private readonly Dictionary<string, (long MemoryMiB, int Vcpus)> _starting = new(StringComparer.Ordinal);
    private readonly Lock _counting = new();
    private long _ended;

    /// <summary>Holds room until the returned object is disposed, when the guest runs or has failed.</summary>
    /// <exception cref="AgentRefusal"><c>no-room</c>.</exception>
    internal IDisposable Reserve(LibvirtConnection libvirt, string uuid, Definition wanted)
    {
        while (true)
        {
            var ended = Interlocked.Read(ref _ended);
            var running = Running(libvirt, uuid);
            lock (_counting)
            {
                if (ended != _ended) continue;    // a start ended while we counted: it may be missing on both sides
                Check(wanted, running);
                _starting[uuid] = (wanted.MemoryMiB, wanted.Vcpus);
                return new Reservation(this, uuid);
            }
        }
    }

    private static Dictionary<string, (long MemoryMiB, int Vcpus)> Running(LibvirtConnection libvirt, string except)
    {
        var running = new Dictionary<string, (long, int)>(StringComparer.Ordinal);
        foreach (var domain in libvirt.Domains())
        {
            using (domain)
            {
                var uuid = domain.Uuid();
                try
                {
                    if (uuid != except && domain.IsActive()) running[uuid] = domain.Size();
                }
                catch (LibvirtException gone) when (gone.Code == LibvirtCodes.NoDomain)
                {
                    // ended and forgotten while we counted
                }
            }
        }

        return running;
    }

    private void Check(Definition wanted, Dictionary<string, (long MemoryMiB, int Vcpus)> running)
    {
        foreach (var (uuid, size) in _starting) running.TryAdd(uuid, size);
        var reserve = options.HostReserveMiB ?? Math.Max(2048, facts.MemoryMiB / 20);
        var free = facts.MemoryMiB - reserve - running.Values.Sum(g => g.MemoryMiB + PerGuestMiB);
        var needed = wanted.MemoryMiB + PerGuestMiB;
        if (needed > free)
            throw AgentRefusal.Conflict(AgentCodes.NoRoom, $"{wanted.Name} needs {needed} MiB and {Math.Max(0, free)} MiB are left of {facts.MemoryMiB} MiB ({reserve} MiB are kept for the host); stop a guest here or choose another hypervisor");
        var vcpus = (int)(facts.Vcpus * VcpuOvercommit) - running.Values.Sum(g => g.Vcpus);
        if (wanted.Vcpus > vcpus)
            throw AgentRefusal.Conflict(AgentCodes.NoRoom, $"{wanted.Name} needs {wanted.Vcpus} vcpus and {Math.Max(0, vcpus)} are left of {facts.Vcpus} processors at {VcpuOvercommit:0.#} vcpus each; stop a guest here or choose another hypervisor");
    }

    private sealed class Reservation(Room room, string uuid) : IDisposable
    {
        public void Dispose()
        {
            lock (room._counting)
            {
                room._starting.Remove(uuid);
                room._ended++;
            }
        }
    }
}
