using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Serialization;
using Akka.Streams;
using Akka.Streams.Dsl;
using HaActors.Simulation.VirtualTime;

namespace HaActors.Tests.Simulation.VirtualTime;

/// <summary>The least that has everything virtual time must carry: timers, streams, port calls with lag, persistent actors and a serializer.</summary>
internal sealed class ToyFleet : IDisposable
{
    public static readonly Config Serialized = ConfigurationFactory.ParseString("""
        akka.actor {
          serializers.toy = "HaActors.Tests.Simulation.VirtualTime.ToySerializer, HaActors.Tests"
          serialization-bindings { "HaActors.Tests.Simulation.VirtualTime.ToyEvent, HaActors.Tests" = toy }
          serialization-identifiers { "HaActors.Tests.Simulation.VirtualTime.ToySerializer, HaActors.Tests" = 9001 }
        }
        akka.persistence.journal.simulated {
          event-adapters.tagger = "HaActors.Tests.Simulation.VirtualTime.ToyTagger, HaActors.Tests"
          event-adapter-bindings { "HaActors.Tests.Simulation.VirtualTime.ToyEvent, HaActors.Tests" = tagger }
        }
        """);

    private readonly string[] _hosts = [.. Enumerable.Range(1, 6).Select(n => $"hv{n}")];
    private int _boots;

    public ToyFleet(int? shuffleSeed = null)
    {
        Timeline = new VirtualTimeline(shuffleSeed);
        var world = Timeline.NewLane("world");
        Database = new SimulatedDatabase(world);
        World = new ToyWorld(world);
    }

    public VirtualTimeline Timeline { get; }

    public SimulatedDatabase Database { get; }

    public ToyWorld World { get; }

    public string Log => string.Join('\n', Database.Rows.Select(row => $"{row.StoredAt:HH:mm:ss.fff} {row.PersistenceId}#{row.SequenceNr} {row.Manifest}").Concat(World.Acts));

    public VirtualActorSystem Boot()
    {
        var master = VirtualActorSystem.Create("toy", Timeline.NewLane($"master-{++_boots}"), Database, Serialized);
        master.Lane.Inside(() =>
        {
            var hosts = _hosts.Select(id => master.System.ActorOf(Props.Create(() => new ToyHost(id, World, master.Lane)), id)).ToArray();
            master.System.ActorOf(Props.Create(() => new ToyMonitor(_hosts, hosts, World, master.Lane)), "monitor");
        });
        return master;
    }

    public void Dispose() => Timeline.Dispose();
}

internal sealed class ToyWorld(VirtualLane lane)
{
    private readonly Random _lag = new(42);
    private readonly HashSet<string> _off = [];

    public VirtualLane Lane { get; } = lane;

    public HashSet<string> Dead { get; } = [];

    public List<string> Acts { get; } = [];

    /// <summary>A port that never throws, with the deadline on the caller's clock.</summary>
    public async Task<bool> AnswersAsync(VirtualLane caller, string host)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), caller.Time);
        try
        {
            return await caller.CallAsync(Lane, async () =>
            {
                await Task.Delay(Dead.Contains(host) ? TimeSpan.FromHours(1) : Lag(50), Lane.Time);
                return true;
            }, limit.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public Task<bool> PowerOffAsync(VirtualLane caller, string host) => caller.CallAsync(Lane, async () =>
    {
        Acts.Add($"{Lane.Time.GetUtcNow():HH:mm:ss.fff} off {host}");
        await Task.Delay(Lag(3000), Lane.Time);
        return _off.Add(host) || _off.Contains(host);
    });

    private TimeSpan Lag(int atMost) => TimeSpan.FromMilliseconds(_lag.Next(1, atMost));
}

internal abstract record ToyEvent;

internal sealed record ToyMissed(int InARow) : ToyEvent;

internal sealed record ToyFenceRequested : ToyEvent;

internal sealed record ToyFenced : ToyEvent;

internal sealed record ToyProbed(string Host, bool Answers);

internal sealed record ToyOff(bool Proved);

internal sealed class ToyHost : ReceivePersistentActor
{
    private readonly string _id;
    private readonly ToyWorld _world;
    private readonly VirtualLane _lane;
    private int _misses;
    private ToyEvent? _last;

    public ToyHost(string id, ToyWorld world, VirtualLane lane)
    {
        (_id, _world, _lane) = (id, world, lane);
        Recover<ToyEvent>(Apply);
        Command<ToyProbed>(probed => !probed.Answers && _misses < 3, _ => Persist(new ToyMissed(_misses + 1), missed =>
        {
            Apply(missed);
            if (_misses == 3)
                Persist(new ToyFenceRequested(), requested =>
                {
                    Apply(requested);
                    React();
                });
        }));
        Command<ToyProbed>(_ => { });
        Command<ToyOff>(_ => _last is ToyFenceRequested, _ => Persist(new ToyFenced(), Apply));
        Command<ToyOff>(_ => { });
    }

    public override string PersistenceId => $"host-{_id}";

    protected override void OnReplaySuccess() => React();

    private void React()
    {
        if (_last is ToyFenceRequested)
            _world.PowerOffAsync(_lane, _id).PipeTo(Self, success: proved => new ToyOff(proved));
    }

    private void Apply(ToyEvent e)
    {
        _last = e;
        if (e is ToyMissed missed)
            _misses = missed.InARow;
    }
}

internal sealed class ToyMonitor : ReceiveActor, IWithTimers
{
    public ToyMonitor(string[] ids, IActorRef[] hosts, ToyWorld world, VirtualLane lane)
    {
        var materializer = Context.Materializer();
        var self = Self;
        Receive<Tick>(_ => Source.From(ids)
            .SelectAsyncUnordered(4, async id => (object)new ToyProbed(id, await world.AnswersAsync(lane, id)))
            .To(Sink.ActorRef<object>(self, new Swept(), failure => new Status.Failure(failure)))
            .Run(materializer));
        Receive<ToyProbed>(probed => hosts[Array.IndexOf(ids, probed.Host)].Tell(probed));
        Receive<Swept>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.FromSeconds(30));

    private sealed record Tick;

    private sealed record Swept;
}

internal sealed class ToySerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 9001;

    public override string Manifest(object o) => o switch
    {
        ToyMissed => "missed.1",
        ToyFenceRequested => "fence-requested.1",
        ToyFenced => "fenced.1",
        _ => throw new ArgumentException($"{o.GetType()} is no toy event", nameof(o)),
    };

    public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes(obj is ToyMissed missed ? missed.InARow.ToString() : "");

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "missed.1" => new ToyMissed(int.Parse(Encoding.UTF8.GetString(bytes))),
        "fence-requested.1" => new ToyFenceRequested(),
        "fenced.1" => new ToyFenced(),
        _ => throw new ArgumentException($"unknown manifest {manifest}", nameof(manifest)),
    };
}

internal sealed class ToyTagger : Akka.Persistence.Journal.IWriteEventAdapter
{
    public string Manifest(object evt) => "";

    public object ToJournal(object evt) => new Akka.Persistence.Journal.Tagged(evt, ["toy"]);
}
