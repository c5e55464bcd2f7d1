using System.Collections.Immutable;
using Akka.Actor;
using HaActors.Actors;
using HaActors.Actors.Hosting;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
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
    private FatalMoment? _fatalCall;
    private TimeSpan _skew;
    private bool _allTouched;
    private readonly SortedSet<string> _touched = new(StringComparer.Ordinal);
    private readonly List<FatalMoment> _fatal = [];
    private readonly HashSet<HypervisorId> _deletes = [];
    private readonly HashSet<HypervisorId> _asksWhy = [];
    private (long Ordering, object Inventory, int Lines, long Offset, object Webhooks)? _backup;
    private readonly List<FatalMoment> _sleepy = [];

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
            if (_fatalCall is not { } call) return;
            _fatalCall = null;
            Pending.Remove(call);
            RestartMaster(call.Away);
        };
        Database = new SimulatedDatabase(WorldLane);
        EventLog.JournalEnd = () => Database.Rows is [.., var last] ? last.Ordering : 0;
        Names = FleetBuilder.Build(plan, World, Inventory);
        Settings = plan.Settings;
        Answering = new Answering(World);
        Watch = new NightWatch(this);
        Losses = plan.LosesMessages ? new LostMessages(() => Timeline.Elapsed) : null;
    }

    public FleetPlan Plan { get; }

    public Variant Variant { get; }

    public HaSettings Settings { get; }

    /// <summary>Looks at every rule after every step.</summary>
    public NightWatch Watch { get; }

    /// <summary>What has not come yet.</summary>
    internal Pending Pending { get; } = new();

    /// <summary>Not null: the first message of each kind is lost.</summary>
    internal LostMessages? Losses { get; }

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

    /// <summary>What operators asked and were answered, in order; each with the number of the last act of the world before it.</summary>
    public List<(TimeSpan At, int After, string Text)> Desk { get; } = [];

    /// <summary>Not null: hears the master's own log and each stored event, for the one who looks into a night.</summary>
    public Action<string>? Heard { get; init; }

    public void BootMaster()
    {
        if (_master is { Lane.IsKilled: false }) throw new InvalidOperationException("it runs already; kill it before, or leave this line out");
        var life = ++_lives;
        BootedAt = Timeline.Elapsed;
        if (life > 1) Note($"master {SimulatedMaster.Name} starts again");
        _master = SimulatedMaster.Boot(this, life, Settings, Answered);
        _master.Lane.Skew = _skew;
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
    public void KillMasterAtNext(string manifest, TimeSpan away, TimeSpan? within = null)
    {
        var moment = new FatalMoment(manifest, away, within is { } limit ? Timeline.Elapsed + limit : TimeSpan.MaxValue);
        _fatal.Add(moment);
        if (within is null) Pending.Add(moment, $"line {Pending.Line}: the master was never killed, for no {manifest} was stored after it");
    }

    /// <summary>Kill -9 as the next call of a webhook reaches its receiver: the receiver has it, and nobody has stored that.</summary>
    public void KillMasterAtNextCall(TimeSpan away)
    {
        _fatalCall = new FatalMoment("", away, TimeSpan.MaxValue);
        Pending.Add(_fatalCall, $"line {Pending.Line}: the master was never killed, for no call of a webhook arrived after it");
    }

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
    public void PauseMasterAtNext(string manifest, TimeSpan duration)
    {
        var moment = new FatalMoment(manifest, duration, TimeSpan.MaxValue);
        _sleepy.Add(moment);
        Pending.Add(moment, $"line {Pending.Line}: the master never stood still, for no {manifest} was stored after it");
    }

    public void PauseMaster(TimeSpan duration)
    {
        _master?.Lane.Pause(duration);
        Note($"master {SimulatedMaster.Name} stands still for {duration.TotalSeconds:0} s");
    }

    /// <summary>The wall clock of the master's machine is set, while it runs; what is monotonic goes on.</summary>
    public void JumpClock(TimeSpan by)
    {
        _skew += by;
        if (_master is { } master) master.Lane.Skew = _skew;
        Note($"the wall clock of master {SimulatedMaster.Name} jumps {by.Duration().TotalSeconds:0} s {(by > TimeSpan.Zero ? "forward" : "back")}");
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

    /// <summary>So many calls were heard when the database was set back: they tell of lines whose ids are given again.</summary>
    internal int HeardBeforeRestore { get; private set; }

    /// <summary>So many lines of the event log the database that was put back had; 0: none was.</summary>
    internal int LinesRestored { get; private set; }

    /// <summary>Lines of the event log that a restored database does not have any more, with their place in the story.</summary>
    public List<LogEntry> LostLines { get; } = [];

    /// <summary>Journal, inventory, event log and webhooks at one moment.</summary>
    public void Backup()
    {
        _backup = (Database.Rows is [.., var last] ? last.Ordering : 0, Inventory.Backup(), EventLog.Entries.Length, EventLog.WrittenUpTo, Webhooks.Backup());
        Note("the database is backed up");
    }

    /// <summary>As a backup that is put back does it, or a standby that takes over without the last rows.</summary>
    public void Restore()
    {
        var (ordering, inventory, lines, offset, webhooks) = _backup ?? throw new InvalidOperationException("there is no backup; say 'back up the database' at an earlier time");
        LostLines.AddRange(EventLog.Entries.Skip(lines));
        Database.RestoreTo(ordering);
        Watch.OnRestored(ordering);
        Inventory.Restore(inventory);
        EventLog.RestoreTo(lines, offset);
        Webhooks.Restore(webhooks);
        (HeardBeforeRestore, LinesRestored) = (World.Receivers.Heard.Count, lines);
        Note("the database is set back to its backup");
    }

    /// <summary>An operator asks. No master, no answer.</summary>
    private void Say(Func<HaDoors, IActorRef> door, object message)
    {
        if (_master is { Lane.IsKilled: false } master) master.Ask(door, message);
        else Note("answer: none: no master runs");
    }

    /// <summary>An operator's request to one hypervisor, as the API sends it.</summary>
    public void Ask(HypervisorId hypervisor, OperatorVerb verb, string who, string reason, string? typedId = null)
    {
        Note($"{who}: {verb} {hypervisor} (\"{reason}\")");
        Say(d => d.Hypervisors, new OperatorRequest(hypervisor, verb, who, reason, typedId));
    }

    /// <summary>As the API does it: the actor first, then the tables.</summary>
    public void Delete(HypervisorId hypervisor, string who, string reason)
    {
        _deletes.Add(hypervisor);
        Ask(hypervisor, OperatorVerb.Delete, who, reason);
    }

    public void Explain(HypervisorId hypervisor)
    {
        Note($"explain {hypervisor}");
        // What was asked of a master that was dead, or blind, is answered no more.
        _asksWhy.Remove(hypervisor);
        Say(d => d.Hypervisors, new ExplainHypervisor(hypervisor));
    }

    public void Explain(InstanceId instance)
    {
        Note($"explain {instance}");
        Say(d => d.Instances, new ExplainInstance(instance));
    }

    public void Retry(InstanceId instance, string who, string reason, HypervisorId? cannotStartOn = null)
    {
        Note($"{who}: retry {instance}{(cannotStartOn is { } h ? $", {h} can't start it" : "")} (\"{reason}\")");
        Say(d => d.Instances, new RetryRecovery(instance, who, reason, cannotStartOn));
    }

    public void Arm(bool armed, string who, string reason)
    {
        Note($"{who}: {(armed ? "arm" : "disarm")} (\"{reason}\")");
        Say(d => d.Gate, new SetArmed(armed, who, reason));
    }

    /// <summary>For so long from now storms withhold nothing; null takes that back.</summary>
    public void OverrideStorm(string location, TimeSpan? lasts, string who, string reason)
    {
        Note(lasts is { } time ? $"{who}: storm-override {location} for {time.TotalMinutes:0.#} min (\"{reason}\")" : $"{who}: end of the storm-override {location}");
        Say(d => d.Gate, new OverrideStorm(new LocationId(location), who, reason, Timeline.Now + lasts));
    }

    /// <summary>What the hypervisor shows of the gate's last no, in one line.</summary>
    public void AskWhyNotFenced(HypervisorId hypervisor)
    {
        _asksWhy.Add(hypervisor);
        Say(d => d.Hypervisors, new ExplainHypervisor(hypervisor));
    }

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
    internal bool IsUntouched(InstancePlan instance) => !_allTouched && instance is { Ha: true, Running: true } && IsActedFor(Plan.PolicyOf(instance.On)) && !_touched.Contains(instance.Name);

    internal static bool IsActedFor(HaPolicy policy) => policy is { HaEnabled: true, EvacuationEnabled: true, ObserveOnly: false };

    /// <summary>It has been observed only for the whole night: nothing may ever be done to it.</summary>
    internal bool IsOnlyObserved(HypervisorId hypervisor) => Plan.PolicyOf(hypervisor).ObserveOnly && !_allTouched;

    public void Dispose() => Timeline.Dispose();

    internal void Stored(StoredEvent row)
    {
        Watch.OnStored(row);
        Heard?.Invoke($"stored {row.Ordering} {row.PersistenceId}: {row.Written}");
        if (Came(_sleepy, row.Manifest) is { } sleep) PauseMaster(sleep.Away);
        if (Came(_fatal, row.Manifest) is { } death) RestartMaster(death.Away);
    }

    /// <summary>The first moment that was waiting for this event; it waits no more.</summary>
    private FatalMoment? Came(List<FatalMoment> moments, string manifest)
    {
        if (moments.Find(m => m.Manifest == manifest && Timeline.Elapsed <= m.Until) is not { } moment) return null;
        moments.Remove(moment);
        Pending.Remove(moment);
        return moment;
    }

    public void Note(string text) => Desk.Add((Timeline.Elapsed, World.ActCount, text));

    private void Answered(object answer)
    {
        if (answer is OperatorAnswer { Accepted: true } d && _deletes.Remove(d.HypervisorId)) DeleteRows(d);
        else if (answer is HypervisorExplained why && _asksWhy.Remove(why.HypervisorId)) Note($"{why.HypervisorId} is {why.View.Phase}: {WhyNotFenced(why.View.Phase, why.View.Withheld)}");
        else if (answer is HypervisorExplained h) Told(h.Sentences, $"check {h.Check ?? "none"}, next {At(h.NextAt)}, {h.Waiting} wait");
        else if (answer is InstanceExplained e) Told(e.Sentences, $"waits for {e.Wait?.ToString() ?? "nothing"}, next {At(e.NextAt)}");
        else if (answer is OperatorAnswer a) Note($"answer: {(a.Accepted ? "yes" : $"no, {a.Code}")}: {a.Message}");
        else if (answer is InstanceAnswer i) Note($"answer: {(i.Accepted ? "yes" : $"no, {i.Code}")}: {i.Message}");
        else if (answer is ArmedAnswer armed) Note($"answer: {armed.State}");
        else if (answer is StormOverrideAnswer storm) Note($"answer: {(storm.Accepted ? "yes" : "no")}: {storm.Message}");
    }

    private void DeleteRows(OperatorAnswer answer)
    {
        var there = Inventory.MayRunOn(answer.HypervisorId);
        if (answer.Code != "acknowledged" && there.Length > 0)
        {
            Note($"answer: no, in-use: {Amounts.Of(there.Length, "instance")} may still run on {answer.HypervisorId} ({string.Join(", ", there)}).");
            return;
        }

        Inventory.Delete(answer.HypervisorId);
        Change($"hypervisor {answer.HypervisorId} deleted", r => r);
        Note("answer: yes: deleted");
    }

    private void Told(IEnumerable<string> sentences, string facts)
    {
        foreach (var sentence in sentences) Note($"  {sentence}");
        Note($"  ({facts})");
    }

    private string At(DateTimeOffset? at) => at is { } time ? Quantities.Seconds(time - Timeline.Start).Trim() : "never";

    /// <summary>Since then actors that had to stop for the database's sake have recovered.</summary>
    internal TimeSpan DatabaseFineAt { get; private set; }

    internal void DatabaseOk()
    {
        (Database.Latency, Database.LosesWriteAnswers) = (TimeSpan.Zero, false);
        DatabaseFineAt = Timeline.Elapsed;
        if (!Database.Away) return;
        _outages++;
        SetAway(false);
        Note("database back");
    }

    private static string WhyNotFenced(HypervisorPhase phase, FenceWithheldView? withheld) => withheld is null
        ? phase is HypervisorPhase.Down or HypervisorPhase.FenceFailed ? "nothing withholds its fence" : "no fence of it is asked for"
        : $"{withheld.Check} withholds its fence, and can say yes {(withheld.Next is { } next ? new AskedAgain(withheld.NextAt, next) : "when the gate has been asked again")}";

    private void SetAway(bool away)
    {
        Database.Away = Inventory.Away = EventLog.Away = Webhooks.Away = away;
        DatabaseFineAt = Timeline.Elapsed;
    }

    /// <summary>When the next event of this manifest is stored, or the next call arrives, the master is away for so long.</summary>
    private sealed record FatalMoment(string Manifest, TimeSpan Away, TimeSpan Until);
}
