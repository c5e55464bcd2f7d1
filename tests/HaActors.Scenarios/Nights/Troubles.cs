using System.Collections.Immutable;

namespace HaActors.Scenarios.Nights;

/// <summary>What may happen in a night, in the scenario language's own phrases, each with its end: the faults stop, only some hosts stay dead.</summary>
internal sealed partial class Troubles
{
    private static readonly string[] Calls = ["host", "instances", "run", "run", "run", "cancel", "cancel", "forget", "managed", "floors", "clear", "nonce"];

    private static readonly string[] Moments =
    [
        "hv-down.1", "gate-permitted.1", "hv-fence-requested.1", "hv-fence-off-issued.1", "hv-fenced.1", "hv-fence-failed.1", "hv-evacuation-started.1", "hv-evacuation-completed.1",
        "hv-incident-closed.1", "hv-return-started.1", "hv-cleared.1", "hv-up.1", "hv-power-returned.1", "hv-rebooted.1", "hv-probe-missed.1", "hv-fence-withheld.1",
        "in-recovery-requested.1", "in-start-requested.1", "in-start-unanswered.1", "in-start-refused.1", "in-started.1", "in-member-removed.1", "in-recovery-ended.1", "in-sighted.1",
    ];

    /// <summary>What a line of the log has at a delicate moment.</summary>
    private static readonly string[] Delicate =
    [
        "hypervisor_down", "off hv", "power off", "hypervisor_fenced", " epoch ", "copy started", "instance_evacuated", "evacuation_completed", "power_returned", "hypervisor_rebooted",
        "fence_failed", "instance_waiting", "cancel vm", "is up", "cleared",
    ];

    private readonly Dice _dice;
    private readonly ImmutableArray<string> _hosts;
    private readonly ImmutableArray<string> _instances;
    private readonly ImmutableArray<string> _fleet;
    private readonly TimeSpan _healed;
    private readonly ImmutableArray<string> _victims;
    private readonly List<(TimeSpan At, string Phrase)> _acts = [];
    private readonly List<(TimeSpan At, string Phrase)> _byUser = [];
    private readonly SortedSet<string> _byHand = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _noHook = new(StringComparer.Ordinal);
    private readonly (int, Action<TimeSpan>)[] _failures;
    private readonly (int, Action<TimeSpan>)[] _any;

    public Troubles(Dice dice, ImmutableArray<string> hosts, ImmutableArray<string> instances, ImmutableArray<string> fleet, TimeSpan healed)
    {
        (_dice, _hosts, _instances, _fleet, _healed) = (dice, hosts, instances, fleet, healed);
        _victims = [.. Enumerable.Range(0, dice.Between(1, 3)).Select(_ => dice.Pick(hosts))];
        _failures = [(22, Cut), (14, Hang), (18, PowerOff), (10, Reboot), (4, KillAgent), (4, KillLibvirtd), (3, OrderFence), (4, OrderlyEnd), (16, Deceived), (16, Unanswered), (10, AnswersMeanwhile), (10, SwitchFails)];
        _any =
        [
            (16, Cut), (8, Hang), (12, PowerOff), (8, Reboot), (6, KillAgent), (4, KillLibvirtd), (3, FilterPing), (3, WipeAgentState), (3, RemoveHook), (4, FillMemory), (4, Datastore),
            (24, Bmc), (6, BmcNetwork), (3, BmcDiesWithHost), (3, SwapBmcs), (8, PowerOn),
            (14, LoseAnswer), (6, SlowCall), (10, RestartMaster), (16, KillMasterAtNext), (5, PauseMaster), (4, IsolateMaster), (6, JournalAway), (4, JournalSlow), (3, JournalLosesAnswers),
            (8, Sign), (4, OrderFence), (5, Maintenance), (3, Disarm), (4, OptOut), (2, Evacuation), (2, Threshold), (2, Ha), (2, TestIpmi), (2, Probe),
            (5, ShutDown), (3, Pause), (4, UserStarts), (6, Migrate), (3, Define), (3, MovedUnseen),
            (4, OrderlyEnd), (3, CancelIncident), (4, Retry), (2, Release), (3, StormOverride), (3, OrderPowerOn), (2, ReplaceBmc), (2, UpgradeAgent), (2, Observe),
            .. WhereThere("webhook ", (8, Receiver)), .. WhereThere("devices ", (8, Outlet)), .. WhereThere("witnesses ", (4, WitnessAway)),
        ];
    }

    /// <summary>By time. What its user starts where no hook guards it, or where it was only defined by hand, would be a second copy of that user's making.</summary>
    public ImmutableArray<string> Lines => [.. _acts.Where(a => !_byUser.Exists(u => u == a && (_noHook.Any(h => a.Phrase.EndsWith($" on {h}", StringComparison.Ordinal)) || _byHand.Any(d => a.Phrase.EndsWith($" {d}", StringComparison.Ordinal))))).OrderBy(a => a.At).Select(a => $"at {Dice.Text(a.At)} {a.Phrase}")];

    /// <param name="isFirst">A burst begins with something that a hypervisor dies of, or seems to.</param>
    public void Add(TimeSpan at, bool isFirst) => _dice.Weighed(isFirst ? _failures : _any)(at);

    private string Host => _dice.Chance(70) ? _dice.Pick(_victims) : _dice.Pick(_hosts);

    private string Vm => _dice.Pick(_instances);

    private string? WithBmc => Host is var host && !_fleet.Any(l => l.StartsWith($"hypervisors {host} ", StringComparison.Ordinal) && l.EndsWith("without bmc", StringComparison.Ordinal)) ? host : null;

    private void At(TimeSpan at, string phrase) => _acts.Add((at < _healed ? at : _healed, phrase));

    /// <summary>Half of the time at a delicate moment after that time, if one comes: right before, or right after, something was done or told.</summary>
    private void AtMoment(TimeSpan at, string phrase) =>
        At(at, _dice.Chance(50) ? phrase : $"when \"{_dice.Pick(Delicate)}\" after {_dice.Pick(["0s", "500ms", "2s", "6s", "20s"])} {phrase}");

    private TimeSpan Later(TimeSpan at, int leastSeconds, int mostSeconds) => _dice.Soon(at + TimeSpan.FromSeconds(leastSeconds), at + TimeSpan.FromSeconds(mostSeconds));

    private void ForAWhile(TimeSpan at, string begin, string end, int leastSeconds, int mostSeconds)
    {
        At(at, begin);
        At(Later(at, leastSeconds, mostSeconds), end);
    }

    private void Cut(TimeSpan at)
    {
        var host = Host;
        At(at, $"cut {host}");
        if (_dice.Chance(85)) At(Later(at, 20, 1200), $"plug {host}");
    }

    private void Hang(TimeSpan at)
    {
        var host = Host;
        At(at, $"hang {host}{(_dice.Chance(60) ? " silently" : "")}");
        if (_dice.Chance(70)) At(Later(at, 20, 1200), $"unhang {host}");
    }

    private void PowerOff(TimeSpan at)
    {
        var host = Host;
        if (_dice.Chance(25)) AtMoment(at, $"power off {host}");
        else At(at, $"power off {host}");
        if (_dice.Chance(60)) At(Later(at, 10, 1200), $"power on {host}");
    }

    private void PowerOn(TimeSpan at) => AtMoment(at, $"power on {Host}");

    private void Reboot(TimeSpan at) => AtMoment(at, $"reboot {Host}");

    private void KillAgent(TimeSpan at)
    {
        var host = Host;
        ForAWhile(at, $"kill agent {host}", $"start agent {host}", 10, 1200);
    }

    private void KillLibvirtd(TimeSpan at)
    {
        var host = Host;
        ForAWhile(at, $"kill libvirtd {host}", $"start libvirtd {host}", 10, 1200);
    }

    private void FilterPing(TimeSpan at)
    {
        var host = Host;
        ForAWhile(at, $"filter ping {host}", $"unfilter ping {host}", 60, 1200);
    }

    private void WipeAgentState(TimeSpan at)
    {
        var host = Host;
        _noHook.Add(host);
        At(at, $"wipe agent state {host}");
    }

    private void RemoveHook(TimeSpan at)
    {
        var host = Host;
        _noHook.Add(host);
        ForAWhile(at, $"remove hook {host}", $"install hook {host}", 60, 1500);
    }

    private void FillMemory(TimeSpan at)
    {
        var host = Host;
        ForAWhile(at, $"fill memory {host} leave {_dice.Pick(["0MiB", "1GiB", "3GiB"])}", $"free memory {host}", 60, 1500);
    }

    private void Datastore(TimeSpan at)
    {
        var line = _dice.Pick(_fleet.Where(l => l.StartsWith("datastore ", StringComparison.Ordinal)).ToList()).Split(' ');
        var host = _dice.Pick(line[3..].Where(_hosts.Contains).ToList());
        ForAWhile(at, $"datastore {line[1]} away from {host}", $"datastore {line[1]} back at {host}", 30, 1200);
    }

    /// <summary>Whose BMC reads off wrongly once in this night. One that does so twice in a row is a liar, as <c>always reads off</c> is, and is believed where nobody else hears the host.</summary>
    private readonly HashSet<string> _wrongOnce = new(StringComparer.Ordinal);

    private void Bmc(TimeSpan at)
    {
        if (WithBmc is not { } host) return;
        var does = _dice.Weighed<string>(
        [
            (4, "lies"), (2, "always reads off"), (2, "refuses status"), (2, "refuses commands"), (4, "dies at the next command"), (6, "loses its answers"), (4, "hangs"),
            (2, "has another password"), (4, $"answers {_dice.Pick(["3s", "8s", "14s", "20s"])} late"), (6, "reads off once"),
        ]);
        if (does == "reads off once" && !_wrongOnce.Add(host)) return;
        if (does == "reads off once") AtMoment(at, $"bmc {host} {does}");
        else At(at, $"bmc {host} {does}");
        if (does != "reads off once") At(Later(at, 30, 1500), $"bmc {host} ok");
    }

    private void BmcNetwork(TimeSpan at)
    {
        if (WithBmc is { } host) ForAWhile(at, $"bmc {host} off the network", $"bmc {host} on the network", 20, 1500);
    }

    private void BmcDiesWithHost(TimeSpan at)
    {
        if (WithBmc is { } host) At(at, $"bmc {host} dies with its host");
    }

    private void SwapBmcs(TimeSpan at)
    {
        if (WithBmc is { } one && WithBmc is { } other && one != other) ForAWhile(at, $"swap bmcs {one} {other}", $"swap bmcs {one} {other}", 60, 1500);
    }

    private void LoseAnswer(TimeSpan at) =>
        At(at, $"lose {(_dice.Chance(70) ? "answer" : "request")} of next {_dice.Pick(Calls)}{(_dice.Chance(40) ? $" on {Host}" : "")}");

    private void SlowCall(TimeSpan at) => At(at, $"next {_dice.Pick(Calls)} takes {_dice.Pick(["4s", "12s", "50s", "90s", "4m"])}");

    private void RestartMaster(TimeSpan at) => AtMoment(at, $"restart master after {_dice.Pick(["1s", "5s", "20s", "90s", "7m"])}");

    private void KillMasterAtNext(TimeSpan at) => At(at, $"kill master at next {_dice.Pick(Moments)} within 4m start it {_dice.Pick(["1s", "5s", "30s", "3m", "8m"])} later");

    private void PauseMaster(TimeSpan at) => AtMoment(at, $"pause master {_dice.Pick(["8s", "12s", "30s", "2m"])}");

    private void IsolateMaster(TimeSpan at) => ForAWhile(at, "isolate master", "rejoin master", 20, 600);

    private void JournalAway(TimeSpan at) => AtMoment(at, $"journal away {_dice.Pick(["2s", "15s", "40s", "3m"])}");

    private void JournalSlow(TimeSpan at) => ForAWhile(at, $"journal answers {_dice.Pick(["300ms", "2s", "6s", "11s"])} late", "journal ok", 10, 300);

    private void JournalLosesAnswers(TimeSpan at) => ForAWhile(at, "journal loses its answers", "journal ok", 2, 60);

    private void Sign(TimeSpan at) => AtMoment(at, $"confirm-fenced {Host} if it is off by anna because \"the plugs are out\"");

    private void OrderFence(TimeSpan at) => AtMoment(at, $"fence {Host} by anna because \"half dead\"");

    private void Maintenance(TimeSpan at)
    {
        var host = Host;
        At(at, $"maintenance {host} by anna because \"new memory\"");
        if (_dice.Chance(75)) At(Later(at, 60, 1200), $"resume {host} by anna because \"done\"");
    }

    private void Disarm(TimeSpan at) => ForAWhile(at, "disarm by anna because \"switch upgrade\"", "arm by anna because \"done\"", 10, 900);

    private void OptOut(TimeSpan at)
    {
        var vm = Vm;
        At(at, $"opt-out {vm}");
        if (_dice.Chance(50)) At(Later(at, 5, 900), $"opt-in {vm}");
    }

    private void Evacuation(TimeSpan at) => ForAWhile(at, "location evacuation off", "location evacuation on", 30, 900);

    private void Threshold(TimeSpan at) => At(at, $"location threshold {_dice.Pick(["1", "2", "3", "5"])}");

    private void Ha(TimeSpan at) => ForAWhile(at, "location ha off", "location ha on", 30, 900);

    private void TestIpmi(TimeSpan at) => At(at, $"test-ipmi {Host} by anna because \"before the night\"");

    private void Probe(TimeSpan at) => At(at, $"probe {Host} by anna because \"looks odd\"");

    private void ShutDown(TimeSpan at) => AtMoment(at, $"shut down {Vm}");

    private void Pause(TimeSpan at) => At(at, $"pause {Vm}");

    private void UserStarts(TimeSpan at)
    {
        At(at, $"user starts {Vm} on {Host}");
        _byUser.Add(_acts[^1]);
    }

    private void Define(TimeSpan at) => Define(at, Vm, Host);

    private void Define(TimeSpan at, string vm, string host)
    {
        At(at, $"user defines {vm} on {host}");
        _byHand.Add($"{vm} on {host}");
    }

    private void Migrate(TimeSpan at) => AtMoment(at, $"migrate {Vm} to {Host}");
}
