using System.Collections.Immutable;
using HaActors.Scenarios.Language;

namespace HaActors.Scenarios.Run;

/// <summary>Every phrase that may stand after <c>at TIME</c>; one file for each topic.</summary>
public static partial class Verbs
{
    public static ImmutableArray<Verb> All { get; } =
    [
        .. Hosts(),
        .. Probing(),
        .. Bmcs(),
        .. Guests(),
        .. Answers(),
        .. Masters(),
        .. Gate(),
        .. Operators(),
        .. Calls(),
    ];
}
