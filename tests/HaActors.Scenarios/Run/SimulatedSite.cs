using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Gate;
using HaActors.Domain.Inventory;
using HaActors.Domain.Notifications;
using HaActors.Domain.Ports;
using HaActors.Scenarios.Language;
using HaActors.Scenarios.Run.Checking;
using HaActors.Simulation.Ports;
using HaActors.Simulation.VirtualTime;
using HaActors.Simulation.World;

namespace HaActors.Scenarios.Run;

/// <summary>A scenario's whole site on one virtual clock: the world, the database, and the master's lives.</summary>
public sealed class SimulatedSite : IDisposable
{
    private SimulatedMaster? _master;
    private int _lives;
    private int _outages;
    private TimeSpan? _fatalCall;
    private bool _allTouched;
    private readonly SortedSet<string> _touched = new(StringComparer.Ordinal);
    private readonly List<(string Manifest, TimeSpan Away, TimeSpan Until)> _fatal = [];
    private readonly List<(string Manifest, TimeSpan Duration)> _sleepy = [];

    /// <param name="variant">Null: the product as it is. Else one rule or port of it is wrong, to see that it is found.</param>
    public SimulatedSite(FleetPlan plan, Variant? variant = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Plan = plan;
        Variant = variant ?? Variant.None;
        Timeline = new VirtualTimeline(plan.Shuffle);
        WorldLane = Timeline.NewLane("world");
        World = new SimulatedWorld(WorldLane.Time, plan.Seed);
        Inventory = new SimulatedInventory();
        EventLog = new SimulatedEventLog(Inventory);
        Webhooks = new SimulatedWebhooks(EventLog, Inventory);
        foreach (var webhook in plan.Webhooks) Webhooks.Put(webhook);
        World.Receivers.Arrived = _ =>
        {
            if (_fatalCall is not { } away) return;
            _fatalCall = null;
            RestartMaster(away);
        };
        Database = new SimulatedDatabase(WorldLane);
        Names = FleetBuilder.Build(plan, World, Inventory);
        Settings = SettingsOf(plan);
        _allTouched = !plan.Ha || !plan.Evacuation;
        Answering = new Answering(World);
        Watch = new NightWatch(this);
    }

    public FleetPlan Plan { get; }

    public Variant Variant { get; }

    public HaSettings Settings { get; }

    /// <summary>Looks at every rule after every step.</summary>
    public NightWatch Watch { get; }

    /// <summary>Which hosts answer, and since when.</summary>
    internal Answering Answering { get; }

    /// <summary>Since the start, of the master's present life.</summary>
    public TimeSpan BootedAt { get; private set; }

    /// <summary>The master's actors; null while none runs.</summary>
    internal ActorSystem? LiveSystem => _master is { Lane.IsKilled: false } m ? m.System : null;

    public bool IsArmed => Database.Rows.LastOrDefault(r => r.Written is Armed or Disarmed)?.Written is not Disarmed;

    public ImmutableArray<SharedDatastore> SharedDatastores => Inventory.SharedDatastoresAsync(CancellationToken.None) is { IsCompletedSuccessfully: true, Result: var shared } ? shared : [];

    public VirtualTimeline Timeline { get; }

    public VirtualLane WorldLane { get; }

    public SimulatedWorld World { get; }

    public SimulatedInventory Inventory { get; }

    public SimulatedEventLog EventLog { get; }

    public SimulatedWebhooks Webhooks { get; }

    public SimulatedDatabase Database { get; }

    /// <summary>The ids of what the scenario names.</summary>
    public FleetNames Names { get; }

    /// <summary>What operators asked and were answered, in order.</summary>
    public List<(TimeSpan At, string Text)> Desk { get; } = [];

    /// <summary>Not null: hears the master's own log and each stored event, for the one who looks into a night.</summary>
    public Action<string>? Heard { get; init; }

    public void BootMaster()
    {
        if (_master is { Lane.IsKilled: false }) throw new InvalidOperationException("The master runs already.");
        var life = ++_lives;
        BootedAt = Timeline.Elapsed;
        if (life > 1) Note($"master {SimulatedMaster.Name} starts again");
        _master = SimulatedMaster.Boot(this, life, Settings, Answered);
    }

    public void KillMaster()
    {
        if (_master is not { Lane.IsKilled: false }) return;
        _master.Kill();
        Note($"master {SimulatedMaster.Name} killed");
    }

    /// <summary>Kill -9 now, boot again after a while.</summary>
    public void RestartMaster(TimeSpan after)
    {
        KillMaster();
        Timeline.After(after, () =>
        {
            if (_master is { Lane.IsKilled: true }) BootMaster();
        });
    }

    /// <summary>Kill -9 right after the next event of this manifest is stored, before its writer hears of it.</summary>
    /// <param name="within">Null: however late it comes.</param>
    public void KillMasterAtNext(string manifest, TimeSpan away, TimeSpan? within = null) =>
        _fatal.Add((manifest, away, within is { } limit ? Timeline.Elapsed + limit : TimeSpan.MaxValue));

    /// <summary>Kill -9 as the next call of a webhook reaches its receiver: the receiver has it, and nobody has stored that.</summary>
    public void KillMasterAtNextCall(TimeSpan away) => _fatalCall = away;

    /// <summary>What a webhook is for was not the same all night.</summary>
    public bool WebhooksChanged { get; private set; }

    /// <summary>An operator changes a webhook, as the API does.</summary>
    public void ChangeWebhook(string id, string what, Func<Webhook, Webhook> change)
    {
        WebhooksChanged = true;
        Webhooks.Put(change(Webhooks.Rows.Single(r => r.Webhook.Id.Value == id).Webhook));
        Note($"webhook {id} {what}");
    }

    /// <summary>SIGSTOP right after the next event of this manifest is stored, before its writer hears of it.</summary>
    public void PauseMasterAtNext(string manifest, TimeSpan duration) => _sleepy.Add((manifest, duration));

    public void PauseMaster(TimeSpan duration)
    {
        _master?.Lane.Pause(duration);
        Note($"master {SimulatedMaster.Name} stands still for {duration.TotalSeconds:0} s");
    }

    /// <summary>Journal, inventory and event log are one database, so they go together.</summary>
    public void DatabaseAway(TimeSpan duration)
    {
        var outage = ++_outages;
        SetAway(true);
        Note("database away");
        Timeline.After(duration, () =>
        {
            if (outage != _outages) return;
            SetAway(false);
            Note("database back");
        });
    }

    /// <summary>An operator's request to one hypervisor, as the API sends it.</summary>
    public void Ask(HypervisorId hypervisor, OperatorVerb verb, string who, string reason, string? typedId = null)
    {
        Note($"{who}: {verb} {hypervisor} (\"{reason}\")");
        _master?.Ask(d => d.Hypervisors, new OperatorRequest(hypervisor, verb, who, reason, typedId));
    }

    public void Arm(bool armed, string who, string reason)
    {
        Note($"{who}: {(armed ? "arm" : "disarm")} (\"{reason}\")");
        _master?.Ask(d => d.Gate, new SetArmed(armed, who, reason));
    }

    /// <summary>For so long from now storms withhold nothing; null takes that back.</summary>
    public void OverrideStorm(string location, TimeSpan? lasts, string who, string reason)
    {
        Note(lasts is { } time ? $"{who}: storm-override {location} for {time.TotalMinutes:0.#} min (\"{reason}\")" : $"{who}: end of the storm-override {location}");
        _master?.Ask(d => d.Gate, new OverrideStorm(new LocationId(location), who, reason, Timeline.Now + lasts));
    }

    public void Explain(HypervisorId hypervisor) => _master?.Ask(d => d.Hypervisors, new ExplainHypervisor(hypervisor));

    /// <summary>An operator's change to the inventory, with its line for the event log, as the API writes it.</summary>
    public void Change(string what, Func<InventorySnapshot, InventorySnapshot> change)
    {
        Inventory.Change(change, new LogEntry(Timeline.Now, LogTypes.InventoryChanged, null, null, null, null, what, LogData.Of(("what", what))));
        _master?.Ask(d => d.Monitor, new InventoryChanged());
    }

    /// <summary>A change that is about every instance.</summary>
    public void ChangeAll(string what, Func<InventorySnapshot, InventorySnapshot> change)
    {
        Touch(null);
        Change(what, change);
    }

    /// <summary>Its user or an operator has changed what is wanted of it; null: of all.</summary>
    internal void Touch(string? instance)
    {
        if (instance is null) _allTouched = true;
        else _touched.Add(instance);
    }

    /// <summary>It ran and was opted in at the beginning, and nobody has changed that.</summary>
    internal bool IsUntouched(InstancePlan instance) => !_allTouched && instance is { Ha: true, Running: true } && !_touched.Contains(instance.Name);

    public void Dispose() => Timeline.Dispose();

    internal void Stored(StoredEvent row)
    {
        Watch.OnStored(row);
        Heard?.Invoke($"stored {row.Ordering} {row.PersistenceId}: {row.Written}");
        if (_sleepy.FindIndex(f => row.Manifest == f.Manifest) is var sleeps and >= 0)
        {
            var duration = _sleepy[sleeps].Duration;
            _sleepy.RemoveAt(sleeps);
            PauseMaster(duration);
        }

        if (_fatal.FindIndex(f => row.Manifest == f.Manifest && Timeline.Elapsed <= f.Until) is var found and >= 0)
        {
            var away = _fatal[found].Away;
            _fatal.RemoveAt(found);
            RestartMaster(away);
        }
    }

    public void Note(string text) => Desk.Add((Timeline.Elapsed, text));

    private void Answered(object answer)
    {
        if (answer is OperatorAnswer a) Note($"answer: {(a.Accepted ? "yes" : $"no, {a.Code}")}: {a.Message}");
        else if (answer is ArmedAnswer armed) Note($"answer: {armed.State}");
        else if (answer is StormOverrideAnswer storm) Note($"answer: {(storm.Accepted ? "yes" : "no")}: {storm.Message}");
        else if (answer is HypervisorExplained told) Note($"{told.HypervisorId} explains:{string.Concat(told.Sentences.Select(s => $" {s}"))}");
    }

    /// <summary>Since then actors that had to stop for the database's sake have recovered.</summary>
    internal TimeSpan DatabaseFineAt { get; private set; }

    internal void DatabaseOk()
    {
        (Database.Latency, Database.LosesWriteAnswers) = (TimeSpan.Zero, false);
        DatabaseFineAt = Timeline.Elapsed;
    }

    private void SetAway(bool away)
    {
        Database.Away = Inventory.Away = EventLog.Away = Webhooks.Away = away;
        DatabaseFineAt = Timeline.Elapsed;
    }

    private static HaSettings SettingsOf(FleetPlan plan)
    {
        var settings = HaSettings.Default with { ReadJournal = SimulatedReadJournal.Identifier };
        settings = settings with { Gate = settings.Gate with { StormPercent = plan.StormPercent ?? settings.Gate.StormPercent, MaxFences = plan.MaxFences, Witnesses = plan.Witnesses } };
        foreach (var (name, time) in plan.Times)
        {
            settings = name switch
            {
                "tick" => settings with { TickInterval = time },
                "probe-timeout" => settings with { ProbeTimeout = time },
                "quiet-period" => settings with { Gate = settings.Gate with { QuietPeriod = time } },
                "cold-start-grace" => settings with { Gate = settings.Gate with { ColdStartGrace = time } },
                "degraded-grace" => settings with { Gate = settings.Gate with { DegradedGrace = time } },
                "storm-cooldown" => settings with { Gate = settings.Gate with { StormCooldown = time } },
                "fence-window" => settings with { Gate = settings.Gate with { MaxFencesWindow = time } },
                "check-interval" => settings with { CheckInterval = time },
                "fence-deadline" => settings with { FenceDeadline = time },
                "webhook-max-age" => settings with { WebhookMaxAge = time },
                _ => throw new ArgumentException($"Setting '{name}' is unknown.", nameof(plan)),
            };
        }

        return settings;
    }
}
