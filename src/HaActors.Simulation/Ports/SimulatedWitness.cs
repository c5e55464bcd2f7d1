using HaActors.Domain.Gate;
using HaActors.Domain.Ports;
using HaActors.Simulation.World;

namespace HaActors.Simulation.Ports;

/// <summary>Asks the world's witnesses from where one master stands.</summary>
/// <param name="deadline">One that is away takes all of it. 5 s unless told.</param>
public sealed class SimulatedWitness(SimulatedWorld world, string master, TimeSpan? deadline = null) : IWitnessProbe
{
    private readonly TimeSpan _deadline = deadline ?? TimeSpan.FromSeconds(5);

    public async Task<WitnessReading> AskAsync(Witness witness, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(witness);
        stopping.ThrowIfCancellationRequested();
        if (world.WitnessAnswers(master, witness.Name))
        {
            await Task.Delay(world.Draw(world.Timings.Network), world.Time, stopping).ConfigureAwait(false);
            return new WitnessReading(true, null);
        }

        await Task.Delay(_deadline, world.Time, stopping).ConfigureAwait(false);
        return new WitnessReading(false, witness.Port is null ? "ping lost" : FormattableString.Invariant($"no connection within {_deadline.TotalSeconds:0.#} s"));
    }
}
