using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace HaActors.Simulation.VirtualTime;

/// <summary>A real actor system whose dispatchers, scheduler and journal are the simulation's. Only configuration differs.</summary>
public sealed class VirtualActorSystem
{
    private VirtualActorSystem(ActorSystem system, VirtualLane lane) => (System, Lane) = (system, lane);

    public ActorSystem System { get; }

    public VirtualLane Lane { get; }

    /// <summary>Boots a system in a fresh lane. To boot again after a kill, take a new lane and the same database.</summary>
    /// <param name="extra">Wins over the simulation's own configuration, which wins over Akka's.</param>
    /// <param name="setups">Further setups, such as serializers.</param>
    public static VirtualActorSystem Create(string name, VirtualLane lane, SimulatedDatabase database, Config? extra = null, params Setup[] setups) =>
        CreateLossy(name, lane, database, null, extra, setups);

    /// <summary>The same, on a way on which messages get lost.</summary>
    /// <param name="loses">Null: every message arrives.</param>
    public static VirtualActorSystem CreateLossy(string name, VirtualLane lane, SimulatedDatabase database, LosesMessage? loses, Config? extra = null, params Setup[] setups)
    {
        ArgumentNullException.ThrowIfNull(lane);
        var config = (extra ?? Config.Empty).WithFallback(loses is null ? ConfigFor(lane) : Lossy.WithFallback(ConfigFor(lane)));
        var setup = ActorSystemSetup.Create([.. setups, BootstrapSetup.Create().WithConfig(config), new VirtualTimeSetup(lane, database) { Loses = loses }]);
        return new VirtualActorSystem(lane.Inside(() => ActorSystem.Create(name, setup)), lane);
    }

    /// <summary>Ends the system as kill -9 would: no message, no timer, no hook of it ever runs again.</summary>
    public void Kill() => Lane.Kill();

    /// <summary>
    /// The configuration that puts a system on a lane; use it with a <see cref="VirtualTimeSetup"/> where
    /// <see cref="Create"/> does not fit, as under Akka.Hosting.
    /// </summary>
    public static Config ConfigFor(VirtualLane lane) => ConfigurationFactory.ParseString($$"""
        {{LaneRegistry.Key}} = {{LaneRegistry.Register(lane)}}
        akka {
          # The expected log of a scenario is the journal and the world's acts, never Akka's log.
          loggers = []
          loglevel = OFF
          stdout-loglevel = OFF
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          scheduler.implementation = "{{NameOf(typeof(VirtualScheduler))}}"
          # A hook at process exit would keep every dropped system in memory, and run it there.
          coordinated-shutdown {
            run-by-clr-shutdown-hook = off
            run-by-actor-system-terminate = off
            terminate-actor-system = off
            exit-clr = off
          }
          actor {
            default-dispatcher { {{OnLane}} }
            internal-dispatcher { {{OnLane}} }
            default-blocking-io-dispatcher { {{OnLane}} }
            default-fork-join-dispatcher { {{OnLane}} }
            synchronized-dispatcher { {{OnLane}} }
            task-dispatcher { {{OnLane}} }
          }
          io.pinned-dispatcher { {{OnLane}} }
          persistence {
            dispatchers {
              default-plugin-dispatcher { {{OnLane}} }
              default-replay-dispatcher { {{OnLane}} }
              default-stream-dispatcher { {{OnLane}} }
            }
            journal {
              plugin = "{{SimulatedJournal.PluginId}}"
              simulated {
                class = "{{NameOf(typeof(SimulatedJournal))}}"
                # Akka measures this one in real time. Slow answers are the simulated database's matter.
                circuit-breaker.call-timeout = 20d
              }
            }
            snapshot-store.plugin = "akka.persistence.no-snapshot-store"
            query.journal.simulated {
              class = "{{NameOf(typeof(SimulatedReadJournalProvider))}}"
              refresh-interval = 1s
              batch-size = 100
            }
          }
        }
        """);

    private static Config Lossy { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor {
          default-mailbox.mailbox-type = "{{NameOf(typeof(LossyMailbox))}}"
          mailbox.unbounded-deque-based.mailbox-type = "{{NameOf(typeof(LossyDequeMailbox))}}"
        }
        """);

    private static string OnLane => $"type = \"{NameOf(typeof(VirtualDispatcherConfigurator))}\"";

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
