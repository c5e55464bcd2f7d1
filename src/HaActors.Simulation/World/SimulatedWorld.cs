using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using HaActors.Domain;
using HaActors.Domain.Inventory;

namespace HaActors.Simulation.World;

/// <summary>
/// A site of hypervisors with their BMCs, networks, datastores and instances, behind the masters' ports. It knows the truth,
/// which no master can: where each copy runs, and whether there were two. On virtual time the same seed gives the same acts.
/// </summary>
/// <remarks>
/// It runs on the clock that it is given and on no other. Ports and faults may be called from any thread. On virtual time
/// they belong to the world's own lane, so that what was sent arrives although its master is killed.
/// </remarks>
public sealed partial class SimulatedWorld
{
    private readonly SortedDictionary<HypervisorId, Host> _hosts = [];
    private readonly List<Volume> _volumes = [];
    private readonly List<Act> _acts = [];
    private readonly List<Violation> _violations = [];
    private readonly HashSet<ITimer> _timers = [];
    private readonly Dictionary<Takes, int> _drawnNow = [];
    private TimeSpan _drawnAt;
    private readonly int _seed;
    private readonly long _began;

    public SimulatedWorld(TimeProvider time, int seed, WorldTimings? timings = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        Timings = timings ?? new WorldTimings();
        Receivers = new Receivers(this);
        _seed = seed;
        _began = time.GetTimestamp();
    }

    public TimeProvider Time { get; }

    public WorldTimings Timings { get; }

    /// <summary>Answers that get lost or come late.</summary>
    public AnswerFaults Answers { get; } = new();

    /// <summary>Who is called by webhooks.</summary>
    public Receivers Receivers { get; }

    /// <summary>Since the world was made.</summary>
    public TimeSpan Now => Time.GetElapsedTime(_began);

    /// <summary>Called after each act, outside the world's lock, for a live view. In order only if one thread acts at a time.</summary>
    public event Action<Act>? Acted;

    /// <summary>Called when a request to start an instance has arrived at an agent, before it is looked at; outside the world's lock.</summary>
    public event Action<RunArrival>? RunArrived;

    /// <summary>Everything that happened, in order.</summary>
    public ImmutableArray<Act> Acts
    {
        get { lock (Gate) return [.. _acts]; }
    }

    /// <summary>How many acts there were so far: the number of the last one.</summary>
    public int ActCount
    {
        get { lock (Gate) return _acts.Count; }
    }

    /// <summary>The acts as one text, a line each; two runs of one seed give the same.</summary>
    public string ActLog => string.Join('\n', Acts);

    /// <summary>Every moment at which two copies of one instance ran, and each start that only an image lock kept from it.</summary>
    public ImmutableArray<Violation> Violations
    {
        get { lock (Gate) return [.. _violations]; }
    }

    public ImmutableArray<HypervisorId> Hypervisors
    {
        get { lock (Gate) return [.. _hosts.Keys]; }
    }

    /// <summary>One lock for the whole world: on real time, ports come from many threads.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Adds a host that is on, with an agent that has just been installed.</summary>
    /// <param name="memoryMiB">Physical memory.</param>
    /// <param name="agentUrl">Null: port 8081 of the address.</param>
    /// <param name="bmcAddress">Null: it has no BMC.</param>
    public void AddHost(
        HypervisorId id, string address, long memoryMiB = 65_536, int vcpus = 32, Secret? token = null, Uri? agentUrl = null,
        string? bmcAddress = null, int bmcPort = 623, string bmcUser = "admin", Secret? bmcPassword = null)
    {
        lock (Gate)
        {
            var bmc = bmcAddress is null ? null : new Bmc(bmcAddress, bmcPort, bmcUser, bmcPassword ?? Secret.None) { Identity = UuidOf($"bmc {id}") };
            var host = new Host(id, UuidOf($"host {id}"), address, bmc) { MemoryMiB = memoryMiB, Vcpus = vcpus, Token = token ?? Secret.None };
            if (agentUrl is not null) host.AgentUrl = agentUrl;
            host.BootId = UuidOf($"boot {id} 1");
            _hosts.Add(id, host);
        }
    }

    /// <summary>Feeds a host from one more outlet of a power strip; it has power as long as one of its outlets is on.</summary>
    /// <returns>The device as an operator types it.</returns>
    public FenceAgentDevice AddOutlet(HypervisorId hypervisor, string strip, int plug, Secret password)
    {
        lock (Gate)
        {
            var outlet = new Outlet(strip, plug, password);
            TheHost(hypervisor).Outlets.Add(outlet);
            return outlet.Device;
        }
    }

    /// <summary>Adds a datastore that is mounted at the same path on all these hosts.</summary>
    /// <param name="id">The UUID of its marker; two datastores may have the same one, as a cloned disk has.</param>
    /// <param name="locksImages">False: as on a file system without locks.</param>
    /// <param name="leaseOutlives">How long a dead host's image lock lives on.</param>
    public void AddDatastore(
        DatastoreId id, string path, IEnumerable<HypervisorId> hosts, long sizeMiB = 10_000_000, bool locksImages = true, TimeSpan leaseOutlives = default)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        lock (Gate)
        {
            var volume = new Volume(id, path, sizeMiB) { LocksImages = locksImages, LeaseOutlives = leaseOutlives };
            foreach (var host in hosts) volume.MountedOn.Add(TheHost(host).Id);
            _volumes.Add(volume);
        }
    }

    /// <summary>Adds an instance on a host, its images with it, and starts it unless told otherwise.</summary>
    public void AddInstance(HypervisorId hypervisor, InstanceDefinition definition, bool running = true, bool autostart = false, long diskMiB = 20_480)
    {
        ArgumentNullException.ThrowIfNull(definition);
        Do(() =>
        {
            var host = TheHost(hypervisor);
            foreach (var disk in definition.Disks)
                VolumeOf(host, disk.Source)?.Images.TryAdd(disk.Source, new Volume.Image(diskMiB));
            var domain = new LibvirtDomain(definition) { Autostart = autostart };
            host.Domains.Add(definition.Id, domain);
            if (running && StartCopy(host, domain) is { Code: not null } refused)
                throw new InvalidOperationException($"{definition.Name} can't run on {hypervisor}: {refused.Message}");
        });
    }

    /// <summary>As if a master had already been there: floors told, boot cleared, instances managed.</summary>
    public void TellAgents(IEnumerable<HypervisorId> hypervisors, bool manage = true)
    {
        ArgumentNullException.ThrowIfNull(hypervisors);
        Do(() =>
        {
            foreach (var host in hypervisors.Select(TheHost))
            {
                var agent = new SimulatedAgent(this, host);
                agent.SetFloors(host.BootId, ImmutableSortedDictionary<InstanceId, long>.Empty);
                agent.Clear(host.BootId);
                foreach (var instance in host.Domains.Keys.Where(_ => manage).ToList()) agent.SetManaged(instance, managed: true, mayStart: false);
            }
        });
    }

    /// <summary>A UUID that is the same for the same seed and name.</summary>
    public string UuidOf(string name) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{_seed} {name}")).AsSpan(0, 16)).ToString();

    public AgentEndpoint EndpointOf(HypervisorId hypervisor)
    {
        lock (Gate) return TheHost(hypervisor).Endpoint;
    }

    public IpmiDevice? BmcOf(HypervisorId hypervisor)
    {
        lock (Gate) return TheHost(hypervisor).Bmc?.Device;
    }

    public string AddressOf(HypervisorId hypervisor)
    {
        lock (Gate) return TheHost(hypervisor).Address;
    }

    /// <summary>Ends all that the world still has to do by itself: a boot under way, a slow answer.</summary>
    public void Stop()
    {
        lock (Gate)
        {
            foreach (var timer in _timers) timer.Dispose();
            _timers.Clear();
        }
    }

    internal Host TheHost(HypervisorId id) => _hosts.TryGetValue(id, out var host) ? host : throw new ArgumentException($"There is no host {id} in this world.", nameof(id));

    internal IEnumerable<Host> AllHosts => _hosts.Values;

    internal Volume? VolumeOf(Host host, string source) =>
        _volumes.FirstOrDefault(v => v.MountedOn.Contains(host.Id) && v.Holds(source));

    internal IEnumerable<Volume> VolumesOf(Host host) => _volumes.Where(v => v.MountedOn.Contains(host.Id));

    /// <summary>
    /// How long something takes, drawn from the seed, the moment, and what is drawn: one call more elsewhere shifts no other, so that a night goes on being the same
    /// night when the product learns to ask one thing more.
    /// </summary>
    internal TimeSpan Draw(Takes range)
    {
        lock (Gate)
        {
            if (_drawnAt != Now)
            {
                _drawnAt = Now;
                _drawnNow.Clear();
            }

            var number = _drawnNow[range] = _drawnNow.GetValueOrDefault(range) + 1;
            var share = Mixed((ulong)_seed, (ulong)_drawnAt.Ticks, (ulong)range.Least.Ticks, (ulong)range.Most.Ticks, (ulong)number) / (double)ulong.MaxValue;
            return range.Least + TimeSpan.FromTicks((long)(share * (range.Most - range.Least).Ticks));
        }
    }

    /// <summary>Numbers stirred into one that looks like chance (the finalizer of SplitMix64).</summary>
    private static ulong Mixed(params ReadOnlySpan<ulong> numbers)
    {
        var mixed = 0UL;
        foreach (var number in numbers)
        {
            mixed += number + 0x9E3779B97F4A7C15UL;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
            mixed ^= mixed >> 31;
        }

        return mixed;
    }

    internal void Arrived(RunArrival run) => RunArrived?.Invoke(run);

    /// <summary>Writes an act down. The caller is inside <see cref="Do(Action)"/>.</summary>
    internal void Tell(string text)
    {
        var act = new Act(_acts.Count + 1, Now, text);
        _acts.Add(act);
        _toTell.Add(act);
    }

    /// <summary>Changes the world under its lock, then tells the acts to who listens, without the lock.</summary>
    internal T Do<T>(Func<T> change)
    {
        T result;
        Act[] told;
        lock (Gate)
        {
            result = change();
            told = [.. _toTell];
            _toTell.Clear();
        }

        foreach (var act in told) Acted?.Invoke(act);
        return result;
    }

    internal void Do(Action change) => Do(() =>
    {
        change();
        return true;
    });

    /// <summary>Changes the world after a while, on the world's clock.</summary>
    internal void After(TimeSpan delay, Action change)
    {
        // Armed only once it is known, so that it can't fire before.
        var timer = new StrongBox<ITimer>();
        lock (Gate)
        {
            timer.Value = Time.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timers.Add(timer.Value);
            timer.Value.Change(delay, Timeout.InfiniteTimeSpan);
        }

        void Fire() => Do(() =>
        {
            if (!_timers.Remove(timer.Value!)) return;
            timer.Value!.Dispose();
            change();
        });
    }

    private readonly List<Act> _toTell = [];
}
