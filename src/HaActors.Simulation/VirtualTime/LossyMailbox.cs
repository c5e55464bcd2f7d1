using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace HaActors.Simulation.VirtualTime;

/// <summary>Decides whether a message is lost on its way to a mailbox. Must be the same in each run of the same night.</summary>
/// <param name="receiver">Whose mailbox it is.</param>
public delegate bool LosesMessage(IActorRef receiver, object message, IActorRef sender);

/// <summary>A mailbox that loses what <see cref="VirtualTimeSetup.Loses"/> says. Named in HOCON, created by Akka.</summary>
internal sealed class LossyMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<LossyMailbox.Queue>
{
    private readonly Settings _settings = settings;

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue(VirtualTimeSetup.Of(_settings).Loses!);

    internal sealed class Queue(LosesMessage loses) : IMessageQueue, IUnboundedMessageQueueSemantics
    {
        private readonly UnboundedMessageQueue _kept = new();

        public bool HasMessages => _kept.HasMessages;

        public int Count => _kept.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (!loses(receiver, envelope.Message, envelope.Sender)) _kept.Enqueue(receiver, envelope);
        }

        public bool TryDequeue(out Envelope envelope) => _kept.TryDequeue(out envelope);

        public void CleanUp(IActorRef owner, IMessageQueue deadletters) => _kept.CleanUp(owner, deadletters);
    }
}

/// <summary>The same for actors that stash: what they unstash is not on its way any more.</summary>
internal sealed class LossyDequeMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<LossyDequeMailbox.Queue>
{
    private readonly Settings _settings = settings;

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue(VirtualTimeSetup.Of(_settings).Loses!);

    internal sealed class Queue(LosesMessage loses) : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
    {
        private readonly UnboundedDequeMessageQueue _kept = new();

        public bool HasMessages => _kept.HasMessages;

        public int Count => _kept.Count;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (!loses(receiver, envelope.Message, envelope.Sender)) _kept.Enqueue(receiver, envelope);
        }

        public void EnqueueFirst(Envelope envelope) => _kept.EnqueueFirst(envelope);

        public bool TryDequeue(out Envelope envelope) => _kept.TryDequeue(out envelope);

        public void CleanUp(IActorRef owner, IMessageQueue deadletters) => _kept.CleanUp(owner, deadletters);
    }
}
