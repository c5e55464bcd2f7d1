using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Pattern;
using HaActors.Actors.EventLog;
using HaActors.Actors.Gate;
using HaActors.Actors.Hypervisors;
using HaActors.Actors.Instances;
using HaActors.Actors.Monitoring;
using HaActors.Actors.Notifications;
using HaActors.Domain;

namespace HaActors.Actors.Hosting;

/// <summary>Puts everybody in place: as shard regions and singletons in a cluster, or as plain actors on virtual time.</summary>
public static class HaActorsHosting
{
    /// <summary>The role of every member that carries the actors.</summary>
    public const string MasterRole = "master";

    /// <summary>About ten times the most masters that make sense; changing it later needs a full stop of the cluster.</summary>
    private const int Shards = 50;

    /// <summary>Serializer bindings and the journal's tagger; the rest of the persistence configuration is the storage's.</summary>
    /// <param name="journalPlugin">Plug-in id of the journal, e.g. <c>akka.persistence.journal.sql</c>.</param>
    public static Config Config(string journalPlugin) => ConfigurationFactory.ParseString($$"""
        {{journalPlugin}} {
          event-adapters {
            ha-tags = "{{typeof(HaEventTagger).FullName}}, {{typeof(HaEventTagger).Assembly.GetName().Name}}"
          }
          event-adapter-bindings {
            "{{typeof(IDomainEvent).FullName}}, {{typeof(IDomainEvent).Assembly.GetName().Name}}" = ha-tags
          }
        }
        """).WithFallback(ConfigurationFactory.FromResource("hocon/actors.conf", typeof(HaActorsHosting).Assembly));

    /// <summary>In a cluster. The caller adds remoting, clustering (role <see cref="MasterRole"/>) and the storage's persistence.</summary>
    public static AkkaConfigurationBuilder AddHaActors(this AkkaConfigurationBuilder builder, HaDoors doors, HaSettings settings, HaPorts ports)
    {
        builder
            .AddHocon(Config("akka.persistence.journal.sql"), HoconAddMode.Prepend)
            .AddHocon(ConfigurationFactory.FromResource("hocon/cluster.conf", typeof(HaActorsHosting).Assembly), HoconAddMode.Prepend)
            .WithStrictSerialization()
            .WithActors((system, registry) =>
            {
                doors.Prober = system.ActorOf(ProberActor.Props(doors, ports, settings), "prober");
                registry.Register<ProberActor>(doors.Prober);
                var cluster = Akka.Cluster.Cluster.Get(system);
                doors.Masters = () => ClusterMasters.Of(cluster, doors.Prober);
            })
            .WithShardRegion<HypervisorActor>("hypervisor", (_, _, _) => id => HypervisorActor.Props(new HypervisorId(id), doors, ports, settings), new Extractor(HypervisorIdOf), Sharded())
            .WithShardRegion<InstanceActor>("instance", (_, _, _) => id => InstanceActor.Props(new InstanceId(id), doors, ports.Inventory, ports.Agent), new Extractor(InstanceIdOf), Sharded())
            .WithActors((_, registry) =>
            {
                doors.Hypervisors = registry.Get<HypervisorActor>();
                doors.Instances = registry.Get<InstanceActor>();
            })
            .WithSingleton<FenceGateActor>("fence-gate", Persistent(FenceGateActor.Props(doors, ports.Witness, settings), "gate"), Singleton())
            .WithSingleton<PlacementActor>("placement", Persistent(PlacementActor.Props(doors, ports.Inventory, ports.Agent), "placement"), Singleton())
            .WithActors((_, registry) =>
            {
                doors.Gate = registry.Get<FenceGateActor>();
                doors.Placement = registry.Get<PlacementActor>();
            })
            .WithSingleton<HaMonitor>("monitor", HaMonitor.Props(doors, ports, settings), Singleton())
            .WithSingleton<EventLogProjection>("event-log", EventLogProjection.Props(doors, ports, settings), Singleton())
            .WithSingleton<NotifierActor>("notifier", NotifierActor.Props(ports, settings), Singleton())
            .WithActors((_, registry) => doors.Monitor = registry.Get<HaMonitor>());
        return builder;
    }

    /// <summary>Without a cluster: the same actors, plain.</summary>
    /// <param name="rules">Null: the real ones.</param>
    public static HaDoors StartPlain(ActorSystem system, HaSettings settings, HaPorts ports, HaRules? rules = null)
    {
        var doors = new HaDoors();
        doors.Prober = system.ActorOf(ProberActor.Props(doors, ports, settings), "prober");
        doors.Hypervisors = system.ActorOf(Made.By(() => new EntityParent(HypervisorIdOf, id => HypervisorActor.Props(new HypervisorId(id), doors, ports, settings, rules))), "hypervisor");
        doors.Instances = system.ActorOf(Made.By(() => new EntityParent(InstanceIdOf, id => InstanceActor.Props(new InstanceId(id), doors, ports.Inventory, ports.Agent, rules))), "instance");
        doors.Gate = system.ActorOf(Persistent(FenceGateActor.Props(doors, ports.Witness, settings), "gate"), "fence-gate");
        doors.Placement = system.ActorOf(Persistent(PlacementActor.Props(doors, ports.Inventory, ports.Agent), "placement"), "placement");
        doors.Monitor = system.ActorOf(HaMonitor.Props(doors, ports, settings), "monitor");
        system.ActorOf(EventLogProjection.Props(doors, ports, settings), "event-log");
        system.ActorOf(NotifierActor.Props(ports, settings), "notifier");
        return doors;
    }

    /// <summary>A persistent singleton whose journal was away comes back by itself; persistence failures stop, they do not throw.</summary>
    private static Props Persistent(Props props, string name) =>
        BackoffSupervisor.Props(Backoff.OnStop(props, name, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), 0, -1));

    private static string? HypervisorIdOf(object message) => message is IWithHypervisorId m ? m.HypervisorId.Value : null;

    private static string? InstanceIdOf(object message) => message is IWithInstanceId m ? m.InstanceId.Value : null;

    private static ShardOptions Sharded() => new()
    {
        StateStoreMode = StateStoreMode.DData,
        RememberEntities = false,
        // The default would leave port calls running while the new owner starts.
        HandOffStopMessage = HandOver.Instance,
        Role = MasterRole,
    };

    private static ClusterSingletonOptions Singleton() => new() { Role = MasterRole };

    private sealed class Extractor(Func<object, string?> idOf) : HashCodeMessageExtractor(Shards)
    {
        public override string EntityId(object message) => idOf(message)!;
    }
}
