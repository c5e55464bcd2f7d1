using HaActors.Domain;

namespace HaActors.Simulation.World;

/// <summary>What is asked of an agent.</summary>
public enum AgentCall { Health, Host, Instances, Run, Cancel, Stop, Forget, Managed, Floors, Clear, Nonce }

/// <summary>Plans what becomes of the n-th call of a kind from now on: this is where unknown answers come from.</summary>
public sealed class AnswerFaults
{
    private readonly Lock _gate = new();
    private readonly List<Rule> _rules = [];

    /// <summary>The agent does it, and its answer is lost.</summary>
    /// <param name="nth">1: the next one.</param>
    /// <param name="on">Null: counted over all hosts.</param>
    public void LoseAnswer(AgentCall call, int nth = 1, HypervisorId? on = null) => Add(new Rule(call, on, nth, CallFate.AnswerLost, TimeSpan.Zero));

    /// <summary>The request is lost on its way; the agent never hears of it.</summary>
    public void LoseRequest(AgentCall call, int nth = 1, HypervisorId? on = null) => Add(new Rule(call, on, nth, CallFate.RequestLost, TimeSpan.Zero));

    /// <summary>The agent takes it at once and needs so long for it; a caller with a shorter deadline knows nothing.</summary>
    public void Slow(AgentCall call, TimeSpan takes, int nth = 1, HypervisorId? on = null) => Add(new Rule(call, on, nth, CallFate.Slow, takes));

    /// <summary>Planned, and not one call of the kind has come since; with the host if it is for one only.</summary>
    public IReadOnlyList<(AgentCall Call, HypervisorId? On)> Unused
    {
        get
        {
            lock (_gate) return [.. _rules.Where(r => r.Left == r.Nth).Select(r => (r.Call, r.On))];
        }
    }

    internal (CallFate Fate, TimeSpan Takes) Next(AgentCall call, HypervisorId host)
    {
        lock (_gate)
        {
            Rule? due = null;
            foreach (var rule in _rules.Where(r => r.Call == call && (r.On is null || r.On == host)))
            {
                if (--rule.Left == 0) due ??= rule;
            }

            _rules.RemoveAll(r => r.Left <= 0);
            return due is null ? (CallFate.Normal, TimeSpan.Zero) : (due.Fate, due.Takes);
        }
    }

    private void Add(Rule rule)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rule.Nth, 1, "nth");
        lock (_gate) _rules.Add(rule);
    }

    private sealed class Rule(AgentCall call, HypervisorId? on, int nth, CallFate fate, TimeSpan takes)
    {
        public AgentCall Call { get; } = call;

        public HypervisorId? On { get; } = on;

        public int Nth { get; } = nth;

        public int Left { get; set; } = nth;

        public CallFate Fate { get; } = fate;

        public TimeSpan Takes { get; } = takes;
    }
}

internal enum CallFate { Normal, AnswerLost, RequestLost, Slow }
