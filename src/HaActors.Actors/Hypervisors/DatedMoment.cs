namespace HaActors.Actors.Hypervisors;

/// <summary>
/// A moment that the state remembers as a time for people, dated once on the monotonic clock of this life. Ages are counted from <see cref="Since"/>: a wall clock that
/// jumps makes nothing older or younger.
/// </summary>
internal sealed class DatedMoment
{
    private DateTimeOffset? _of;

    /// <summary>On the monotonic clock; zero while nothing was remembered.</summary>
    public TimeSpan Since { get; private set; }

    /// <summary>The state remembers <paramref name="at"/> now. Another moment than before is dated <paramref name="on"/>; the same one, or none, keeps its date.</summary>
    public void Date(DateTimeOffset? at, TimeSpan on)
    {
        if (at != _of)
        {
            _of = at;
            Since = on;
        }
    }
}
