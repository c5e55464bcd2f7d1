using System.Net;

namespace HaActors.Adapters.Redfish;

/// <summary>
/// The body of an order. Only when a connection stands does anybody ask for it, and a new one may have taken seconds: whether the order may still leave is asked again here,
/// right before its bytes do. A head without its body is no order to any server.
/// </summary>
internal sealed class OrderContent(byte[] body, Func<bool>? mayStillLeave) : HttpContent
{
    /// <summary>It was not allowed any more, and did not leave.</summary>
    internal bool IsHeld { get; private set; }

    /// <summary>It was on its way: without an answer it may have been carried out.</summary>
    internal bool HasLeft { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (mayStillLeave is not null && !mayStillLeave())
        {
            IsHeld = true;
            throw new InvalidOperationException("The order was allowed too long ago.");
        }

        HasLeft = true;
        await stream.WriteAsync(body, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
