using CsCheck;
using HaActors.Domain;
using HaActors.Domain.Instances;
using Xunit;
using static HaActors.Tests.Domain.Instances.An;

namespace HaActors.Tests.Domain.Instances;

/// <summary>Random histories of commands: what must hold after each of them.</summary>
public sealed class InstanceHistoryTests
{
    private static readonly Gen<int[]> Histories = Gen.Int[0, EveryCommand.Length - 1].Array[1, 60];

    [Fact]
    public void No_start_leaves_another_member_active()
    {
        Histories.Sample(history => Walk(history, (_, e, after) =>
        {
            if (e is StartRequested start)
            {
                Assert.All(after.OthersThan(start.Destination), m => Assert.False(after.MayRun[m].IsActive));
            }
        }), iter: 3000);
    }

    [Fact]
    public void No_start_leaves_a_hypervisor_behind_that_may_start_it_by_itself()
    {
        Histories.Sample(history => Walk(history, (before, e, after) =>
        {
            if (e is StartRequested start)
            {
                Assert.All(after.OthersThan(start.Destination), m => Assert.True(before.Guarded.Contains(m) || before.Waived.Contains(m), $"{m} has no guard"));
            }
        }), iter: 3000);
    }

    [Fact]
    public void A_guard_is_there_only_after_its_agents_word_or_our_own_start()
    {
        Histories.Sample(history => Walk(history, (before, e, after) =>
        {
            foreach (var guarded in after.Guarded.Except(before.Guarded))
            {
                Assert.True(e switch
                {
                    ManagedTold { Managed: true } m => m.Hypervisor == guarded,
                    MemberRemoved r => r.Hypervisor == guarded,
                    InstanceStarted s => s.Destination == guarded,
                    StartRequested r => r.Destination == guarded && !before.MayRun.ContainsKey(guarded),
                    _ => false,
                }, $"{e.GetType().Name} guards {guarded}");
            }
        }), iter: 3000);
    }

    [Fact]
    public void Epochs_grow_with_each_start_and_never_shrink()
    {
        Histories.Sample(history => Walk(history, (before, e, after) =>
        {
            Assert.True(after.Epoch >= before.Epoch);
            if (e is StartRequested start)
            {
                Assert.True(start.Epoch > before.Epoch);
            }
        }), iter: 3000);
    }

    [Fact]
    public void A_member_leaves_the_set_only_by_its_agents_durable_word()
    {
        Histories.Sample(history => Walk(history, (before, e, after) =>
        {
            if (e is not MemberRemoved)
            {
                Assert.All(before.MayRun.Keys, m => Assert.Contains(m, after.MayRun.Keys));
            }
        }), iter: 3000);
    }

    [Fact]
    public void Whatever_asked_has_an_end_or_is_pursued()
    {
        Histories.Sample(history =>
        {
            var asked = new HashSet<IncidentId>();
            var s = history.Length % 2 == 0 ? Recovering() : Running();
            foreach (var command in history.Select(h => EveryCommand[h]))
            {
                s = After(s, command);
                // While a start has no answer another incident's question is only heard; it is repeated.
                if (command is Recover r && (s.Recovery?.Incident == r.Incident || s.EndOf(r.Incident) is not null))
                {
                    asked.Add(r.Incident);
                }

                Assert.All(asked, i => Assert.True(s.EndOf(i) is not null || s.Recovery?.Incident == i, $"{i} is forgotten"));
                Assert.Equal(s.Phase == InstancePhase.Resting, s.Recovery is null);
                Assert.Equal(s.Phase is InstancePhase.Starting or InstancePhase.Cancelling, s.Attempt is not null);
            }
        }, iter: 3000);
    }

    private static void Walk(int[] history, Action<InstanceStatus, IInstanceEvent, InstanceStatus> check)
    {
        var s = history.Length % 2 == 0 ? Recovering() : Running();
        foreach (var command in history.Select(h => EveryCommand[h]))
        {
            foreach (var e in Events(s, command))
            {
                var after = s.Apply(e);
                check(s, e, after);
                s = after;
            }
        }
    }
}
