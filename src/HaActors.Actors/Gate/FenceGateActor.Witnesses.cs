using System.Collections.Immutable;
using Akka.Event;
using HaActors.Actors.Protocol;
using HaActors.Domain.Gate;

namespace HaActors.Actors.Gate;

/// <summary>Is it this master that is cut off? The witnesses tell.</summary>
public sealed partial class FenceGateActor
{
    private readonly SortedDictionary<string, (WitnessReading Reading, TimeSpan At, DateTimeOffset ToldAt)> _witnessed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _askingWitnesses = [];
    private bool _noWitnessTold;

    /// <summary>One fresh answer is enough; else every witness has to have been asked.</summary>
    private bool WitnessesAreReady =>
        Policy.Witnesses.IsEmpty || Policy.Witnesses.Any(w => IsFreshReading(w) is { Answered: true }) || Policy.Witnesses.All(w => IsFreshReading(w) is not null);

    private void AskWitnesses()
    {
        if (Policy.Witnesses.Any(w => _witnessed.TryGetValue(w.Name, out var said) && said.Reading.Answered && Clock - said.At <= GatePolicy.FactsFresh / 2))
        {
            return;
        }

        foreach (var witness in Policy.Witnesses)
        {
            if (_askingWitnesses.Add(witness.Name))
            {
                Call(witness.Name, stopping => _witnesses.AskAsync(witness, stopping), reading => new WitnessTold(witness.Name, reading));
            }
        }
    }

    private void OnWitness(string name, WitnessReading reading)
    {
        if (!_askingWitnesses.Remove(name))
        {
            return;
        }

        _witnessed[name] = (reading, Clock, Now);
        var answers = Policy.Witnesses.Any(w => IsFreshReading(w) is { Answered: true });
        if (!answers && _askingWitnesses.Count == 0 && !_noWitnessTold)
        {
            _noWitnessTold = true;
            Logger.Warning("No witness answers ({Witness}: {Detail}): nothing is fenced until one does", name, reading.Detail);
        }
        else if (answers)
        {
            _noWitnessTold = false;
        }

        DecideWhatIsReady();
    }

    private WitnessReading? IsFreshReading(Witness witness) =>
        _witnessed.TryGetValue(witness.Name, out var said) && Clock - said.At <= GatePolicy.FactsFresh ? said.Reading : null;

    /// <summary>Only what is fresh: an answer of a minute ago says nothing of now.</summary>
    private ImmutableArray<WitnessSaid> WitnessesSaid() =>
        [.. Policy.Witnesses.Select(w => IsFreshReading(w) is { } r ? new WitnessSaid(w.Name, r.Answered, r.Detail) : new WitnessSaid(w.Name, false, "no answer yet"))];

    private ImmutableArray<WitnessView> WitnessViews() =>
        [.. Policy.Witnesses.Select(w => _witnessed.TryGetValue(w.Name, out var said) ? new WitnessView(w.Name, said.Reading.Answered, said.Reading.Detail, said.ToldAt) : new WitnessView(w.Name, null, null, null))];

    private sealed record WitnessTold(string Name, WitnessReading Reading);
}
