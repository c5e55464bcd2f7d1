using Akka.Configuration;
using Akka.Dispatch;

namespace HaActors.Simulation.VirtualTime;

/// <summary>Makes every dispatcher of a simulated system post to its lane. Named in HOCON, created by Akka.</summary>
internal sealed class VirtualDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly VirtualDispatcher _dispatcher;

    public VirtualDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites) : base(config, prerequisites) =>
        _dispatcher = new VirtualDispatcher(this, VirtualTimeSetup.Of(prerequisites.Settings).Lane);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

internal sealed class VirtualDispatcher : MessageDispatcher
{
    private readonly VirtualLane _lane;

    public VirtualDispatcher(MessageDispatcherConfigurator configurator, VirtualLane lane) : base(configurator)
    {
        _lane = lane;
        // One message a step: a kill or a shuffle may fall between any two messages of an actor. A throughput of 1 takes two
        // from the mailbox; a deadline that has always passed takes one.
        Throughput = 1;
        ThroughputDeadlineTime = 0;
    }

    protected override void ExecuteTask(IRunnable run) => _lane.Enqueue(run.Run, run, 0);

    protected override void Shutdown()
    {
    }
}
