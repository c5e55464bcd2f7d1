using Akka.Cluster;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Domain.Gate;
using HaActors.Domain.Ports;
using HaActors.Master.Fleet;
using HaActors.Master.Settings;
using HaActors.Storage;

namespace HaActors.Master.Hosting;

/// <summary>Starts the actor system of this master: remoting, cluster, journal, and everybody in it.</summary>
internal static class ActorWiring
{
    private const string SystemName = "haactors";

    internal static void AddActors(this IServiceCollection services)
    {
        services.AddSingleton<HaDoors>();
        services.AddSingleton<IFleet, ActorFleet>();
        services.AddAkka(SystemName, Configure);
    }

    private static void Configure(AkkaConfigurationBuilder builder, IServiceProvider services)
    {
        var settings = services.GetRequiredService<MasterSettings>();
        var cluster = settings.Cluster;
        builder
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .AddHocon(AkkaPersistence.Config(settings.Storage), HoconAddMode.Prepend)
            .AddSetup(AkkaPersistence.Setup(services.GetRequiredService<Database>()))
            .WithRemoting(cluster.Hostname, cluster.Port)
            .WithClustering(new ClusterOptions
            {
                Roles = [HaActorsHosting.MasterRole],
                SeedNodes = [.. cluster.SeedNodes.Select(seed => $"akka.tcp://{SystemName}@{seed}")],
            })
            .WithAkkaClusterReadinessCheck()
            .AddHaActors(services.GetRequiredService<HaDoors>(), NumbersOf(settings), PortsOf(services));
        if (cluster.SeedNodes.IsEmpty)
        {
            // It meets itself, also on a port that the system chose.
            builder.AddStartup((system, _) =>
            {
                var self = Cluster.Get(system);
                self.Join(self.SelfAddress);
            });
        }
    }

    private static HaSettings NumbersOf(MasterSettings it) => HaSettings.Default with
    {
        TickInterval = it.Monitor.TickInterval,
        ProbeTimeout = it.Monitor.ProbeTimeout,
        ProbeParallelism = it.Monitor.ProbeParallelism,
        ConfirmInterval = it.Monitor.ConfirmInterval,
        MinSilence = it.Monitor.MinSilence,
        FenceDeadline = it.Ipmi.Deadline,
        WebhookMaxAge = it.Webhooks.MaxAge,
        CheckInterval = it.Ipmi.CheckInterval,
        ReadJournal = AkkaPersistence.ReadJournalId,
        Gate = GatePolicy.Default with
        {
            QuietPeriod = it.Gate.QuietPeriod,
            ColdStartGrace = it.Gate.ColdStartGrace,
            DegradedGrace = it.Gate.DegradedGrace,
            StormPercent = it.Gate.StormPercent,
            MaxFences = it.Gate.MaxFences,
            MaxFencesWindow = it.Gate.MaxFencesWindow,
            StormCooldown = it.Gate.StormCooldown,
            Witnesses = it.Gate.Witnesses,
        },
    };

    private static HaPorts PortsOf(IServiceProvider services) => new(
        services.GetRequiredService<IInventory>(), services.GetRequiredService<IHypervisorProbe>(), services.GetRequiredService<IPowerSwitch>(),
        services.GetRequiredService<IHypervisorAgent>(), services.GetRequiredService<IEventLog>(), services.GetRequiredService<IWitnessProbe>())
    {
        Webhooks = services.GetRequiredService<IWebhookStore>(),
        WebhookSender = services.GetRequiredService<IWebhookSender>(),
    };
}
