using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using HaActors.Actors.Protocol;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Fencing;
using HaActors.Domain.Gate;
using HaActors.Domain.Hypervisors;
using HaActors.Domain.Inventory;

namespace HaActors.Actors.Hypervisors;

/// <summary>Its fence devices: their checks, and the two policies that concern its power.</summary>
public sealed partial class HypervisorActor
{
    /// <summary>While a fence waits for it, a device that has not told who it is is asked again after this.</summary>
    private static readonly TimeSpan IdentifyAgain = TimeSpan.FromSeconds(30);

    /// <summary>An on that was not taken is sent again after this, a few times.</summary>
    private static readonly TimeSpan PowerOnAgain = TimeSpan.FromMinutes(1);

    /// <summary>The policy's on belongs to the evacuation. A host that has been off for longer somebody may have his hands in, whatever the policy says by then.</summary>
    private static readonly TimeSpan PowerOnWithin = TimeSpan.FromHours(1);

    /// <summary>Copying local disks takes hours, and an instance that waits may keep the incident open for days.</summary>
    private static readonly TimeSpan OffForLong = TimeSpan.FromHours(12);

    /// <summary>A host that answers so soon after a reading off was not off: no host boots in this time.</summary>
    private static readonly TimeSpan StillTheSame = TimeSpan.FromSeconds(15);

    /// <summary>Devices that read off in a check, with the moment on the monotonic clock: should the host pass a probe that begins later, they are contradicted.</summary>
    private readonly SortedDictionary<string, TimeSpan> _readOff = new(StringComparer.Ordinal);

    private long _devicesChanged;
    private bool _checkSoon = true;
    private TimeSpan? _identifiedAt;
    private long _dumpQuestion;
    private TimeSpan? _dumpReadAt;
    private bool _dumpIsOver;
    private long _powerOnQuestion;
    private TimeSpan? _powerOnAt;
    private bool _powerOnTaken;

    private ImmutableArray<DevicePlace> Places => _policy?.Devices ?? [];

    /// <summary>What another monitor or an older life said of the devices is compared and taken over; equal news change nothing.</summary>
    private void OnDevices(WakeHypervisor wake, bool first)
    {
        if (!first && wake.DevicesChanged > _devicesChanged)
        {
            _checkSoon = true;
        }

        _devicesChanged = wake.DevicesChanged;
        ForgetDevices(all: false);
        if (!State.IncidentOpen)
        {
            Handle(new KeepDevices([.. wake.Devices.Select(d => d.Device)], Now));
        }

        if (wake.Shared is { } shared)
        {
            foreach (var device in wake.Devices)
            {
                Handle(new RecordShared(device.Device, shared.Where(s => s.Device == device.Device).Select(s => (HypervisorId?)s.With).FirstOrDefault(), Now));
            }
        }
    }

    /// <summary>Says again whether the devices are to be checked, and how soon.</summary>
    private void ReactToDevices()
    {
        var places = Places;
        // While an attempt or a hold reads them they need no check of their own, and its commands go first.
        var watch = !places.IsEmpty && State.Phase != HypervisorPhase.Fencing && !NeedsProof;
        var unknown = places.Any(d => !State.Device(d.Device).Identified);
        var troubled = places.Any(d => State.Device(d.Device).Trouble is not null || _silent.ContainsKey(d.Device));
        _power.Tell(new WatchDevices(watch, watch && _checkSoon && (unknown || _devicesChanged > 0), watch && (unknown || troubled)));
        if (watch && !places.IsEmpty)
        {
            _checkSoon = false;
        }
    }

    private void CheckSoon()
    {
        _checkSoon = false;
        _power.Tell(new WatchDevices(true, true, true));
    }

    /// <summary>Who asks for a permit is asked who its devices are, should that not be known yet.</summary>
    private void IdentifyFirst(ImmutableArray<FenceDevice> devices)
    {
        if (devices.Any(d => !State.Device(d.Name).Identified) && (_identifiedAt is not { } at || Clock - at > IdentifyAgain))
        {
            _identifiedAt = Clock;
            CheckSoon();
        }
    }

    private void OnChecked(ImmutableArray<DeviceAnswer> answers)
    {
        foreach (var answer in answers)
        {
            OnReading(answer.Reading, answer.Device);
            switch (answer.Identity)
            {
                case DeviceIdentity.Known known:
                    Handle(new RecordIdentity(answer.Device, known.Id, Now));
                    break;
                case DeviceIdentity.None:
                    Handle(new RecordIdentity(answer.Device, null, Now));
                    break;
            }

            var reads = answer.Reading.IsOn || answer.Reading.IsOff;
            var (cause, detail) = !reads ? (Cause(answer.Reading.Outcome), answer.Reading.Detail)
                : answer.Identity is DeviceIdentity.Trouble t ? (Cause(t.Outcome), t.Detail)
                : ((FenceFailure?)null, "");
            if (!IsHeldBack(answer.Device, cause, detail))
            {
                Handle(new RecordCheck(answer.Device, cause, detail, Now));
            }

            if (answer.Reading.IsOff && State.Phase is (HypervisorPhase.Healthy or HypervisorPhase.Suspect))
            {
                _readOff[answer.Device] = Clock;
                _doors.Prober.Tell(new RunSweep(++_question, TimeSpan.Zero, [new SweepTarget(_id, State.HypervisorUuid)]));
            }
        }

        ReactToSilence();
    }

    /// <summary>
    /// A probe that began after a device read off, or at the moment at which that reading was heard, has passed: that device is another machine's, or it lies. The reading was
    /// over by then, and no host boots within <see cref="StillTheSame"/>, so the host was up when its device read off. Ages are compared on one monotonic clock.
    /// </summary>
    private void OnPassOf(TimeSpan begun)
    {
        foreach (var (device, readAt) in _readOff.Where(r => begun >= r.Value).ToArray())
        {
            _readOff.Remove(device);
            if (begun - readAt > StillTheSame)
            {
                // Long ago: it may have been off then and be on now.
                continue;
            }

            Handle(new ContradictDevice(null, device, $"{_id} answers at the same time", [_id], Now));
        }
    }

    /// <summary>After the declaration a host that panicked may still be writing what it was doing: it has its time, unless it is off already.</summary>
    private bool WaitsForCrashDump(ImmutableArray<FenceDevice> devices)
    {
        if (!DumpLasts(out var until) || devices.IsEmpty)
        {
            _dumpIsOver = false;
            return false;
        }

        if (_dumpIsOver)
        {
            return false;
        }

        _lastAskAt = Clock;
        _withheldCheck = CrashDump;
        _withheldUntil = new AskedAgain(until, "when that time is over, or its power reads off");
        _withheldNow = string.Create(CultureInfo.InvariantCulture, $"Fence of {_id} waits until {until:HH:mm:ss} UTC for its crash dump ({Policy.CrashDumpWait.TotalSeconds:F0} s); its power is read meanwhile, and if it is off the wait is over.");
        if (_dumpReadAt is not { } at || Clock - at > LookAgain)
        {
            _dumpReadAt = Clock;
            _power.Tell(new ReadAll(_dumpQuestion = ++_question));
        }

        Timers.StartSingleTimer("dump", Repeat.Instance, until - Now + TimeSpan.FromMilliseconds(10));
        TellView();
        return true;
    }

    private const string CrashDump = "crash-dump";

    /// <summary>No off leaves by itself before <paramref name="until"/>. What an off was issued to in this incident writes no dump any more.</summary>
    private bool DumpLasts(out DateTimeOffset until)
    {
        until = Now + Policy.CrashDumpWait - (Clock - _down.Since);
        return State.DownAt is not null && Now < until && State.Order is null && State.LastOffAt is null;
    }

    private void OnDumpReading(PowerReport report)
    {
        _dumpReadAt = null;
        if (IsOffByALevel(report))
        {
            _dumpIsOver = true;
            _lastAskAt = null;
            React();
        }
    }

    /// <summary>The policy's power-on: when each instance has an end, and while nobody needs it off.</summary>
    private bool WantsPowerOn => !IsLateForPowerOn &&
        State is { Phase: HypervisorPhase.Evacuated, IncidentOpen: false, Maintenance: false } && Policy is { PowerOnAfterEvacuation: true, Acts: true } && _armed == true && !NeedsProof;

    private bool IsLateForPowerOn => Clock - _ended.Since > PowerOnWithin || Clock - _offSince.Since > OffForLong;

    private void ReactToPowerOn()
    {
        if (!WantsPowerOn)
        {
            return;
        }

        if (State.PowerOns > 0 && (_powerOnTaken || _powerOnAt is null || Clock - _powerOnAt < PowerOnAgain))
        {
            // A master that starts anew does not know whether it was taken; a second on does no harm, a third party's decision to leave it off would.
            return;
        }

        // As with an off, the age counts from before the write.
        var writtenAt = Clock;
        Handle(new SendPowerOn(Now), d =>
        {
            if (d is Decision<IHypervisorEvent>.Accepted)
            {
                (_powerOnAt, _powerOnTaken) = (Clock, false);
                TellMayLeave();
                _power.Tell(new SendOn(_powerOnQuestion = ++_question, State.ProvedBy, writtenAt));
            }
        });
    }

    private void OnPoweredOn(PowerReport report)
    {
        _powerOnTaken = report.Answers.Length > 0 && report.Answers.All(a => a.Reading.Outcome is PowerOutcome.Accepted or PowerOutcome.On);
        foreach (var no in report.Answers.Where(a => a.Reading.Outcome is not (PowerOutcome.Accepted or PowerOutcome.On)))
        {
            Logger.Warning("{HypervisorId}: {Device} did not take the on: {Outcome} ({Detail})", _id, no.Device, no.Reading.Outcome, no.Reading.Detail);
        }
    }

    /// <summary>Null: at least one level of its devices is well, so its power can be cut as far as is known.</summary>
    private string? NotFenceable()
    {
        var places = Places;
        if (places.IsEmpty)
        {
            return "it has no fence device";
        }

        var paths = FencePaths.Of(
            places.Select(d => AskedDevice.Of(d.Device, d.Level, State.Devices.GetValueOrDefault(d.Device))),
            d => State.Device(d.Device) is { IsContradicted: true } c ? c.Problem : Trouble(d.Device));
        return paths.Problem;
    }

    private ImmutableArray<DeviceView> DeviceViews() =>
        [.. Places.Select(d => (d, Memory: State.Device(d.Device))).Select(x => new DeviceView(x.d.Device, x.d.Level, x.Memory.Identified, x.Memory.Identity, x.Memory.Problem ?? Trouble(x.d.Device)))];

    private string? Trouble(string device) => State.Device(device).Trouble is { } t ? $"its last check failed: {HypervisorLog.Name(t.Cause)} ({t.Detail})"
        : _silent.TryGetValue(device, out var silent) ? Words(silent) : null;

    private static FenceFailure? Cause(PowerOutcome outcome) => outcome switch
    {
        PowerOutcome.AuthenticationFailed => FenceFailure.AuthenticationFailed,
        PowerOutcome.Refused => FenceFailure.Refused,
        PowerOutcome.TimedOut => FenceFailure.TimedOut,
        PowerOutcome.ToolMissing => FenceFailure.ToolMissing,
        _ => FenceFailure.Unreachable,
    };
}
