using System.Diagnostics.CodeAnalysis;

namespace HaActors.Simulation.VirtualTime;

/// <summary>Steps whose time has come: first in first out, or in an order drawn from a seed.</summary>
internal sealed class ReadyQueue(int? shuffleSeed)
{
    private readonly Random? _shuffle = shuffleSeed is { } seed ? new Random(seed) : null;
    private readonly List<VirtualStep> _steps = [];
    private int _head;

    public void Add(VirtualStep step) => _steps.Add(step);

    public bool TryTake([NotNullWhen(true)] out VirtualStep? step)
    {
        step = null;
        if (_head == _steps.Count)
        {
            Clear();
            return false;
        }
        if (_shuffle is not null)
        {
            var drawn = _shuffle.Next(_head, _steps.Count);
            (_steps[_head], _steps[drawn]) = (_steps[drawn], _steps[_head]);
        }
        step = _steps[_head];
        _steps[_head++] = null!; // what a killed system posted must not stay reachable until the queue is empty
        return true;
    }

    public void Clear()
    {
        _steps.Clear();
        _head = 0;
    }
}
