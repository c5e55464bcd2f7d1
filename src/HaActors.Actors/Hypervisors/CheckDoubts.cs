using System.Collections.Immutable;
using HaActors.Domain.Fencing;

namespace HaActors.Actors.Hypervisors;

/// <summary>One lost answer is no news: a device that did not answer its check is doubted, and only the second silence in a row is told. Pure.</summary>
internal sealed class CheckDoubts
{
    private readonly SortedSet<string> _doubted = new(StringComparer.Ordinal);

    /// <summary>What is worth telling, and whether a device fell silent just now, so that it is to be asked again soon.</summary>
    public (ImmutableArray<DeviceAnswer> Told, bool Doubt) Sift(ImmutableArray<DeviceAnswer> answers)
    {
        var told = ImmutableArray.CreateBuilder<DeviceAnswer>();
        var doubt = false;
        foreach (var answer in answers)
        {
            if (!IsSilent(answer))
            {
                _doubted.Remove(answer.Device);
            }
            else if (_doubted.Add(answer.Device))
            {
                doubt = true;
                continue;
            }

            told.Add(answer);
        }

        return (told.ToImmutable(), doubt);
    }

    private static bool IsSilent(DeviceAnswer answer) =>
        answer.Reading.Outcome is PowerOutcome.Unreachable or PowerOutcome.TimedOut || answer.Identity is DeviceIdentity.Trouble { Outcome: PowerOutcome.Unreachable or PowerOutcome.TimedOut };
}
