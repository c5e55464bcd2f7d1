namespace HaActors.Adapters.Http;

/// <summary>Reads an answer's body up to a limit: a sick or foreign server must not fill our memory.</summary>
internal static class BoundedBody
{
    /// <summary>The body, or null if it is longer than <paramref name="limit"/> bytes.</summary>
    internal static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, int limit, CancellationToken token)
    {
        if (content.Headers.ContentLength > limit) return null;
        var stream = await content.ReadAsStreamAsync(token).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, token).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > limit) return null;
                body.Write(buffer, 0, read);
            }

            return body.GetBuffer().AsMemory(0, (int)body.Length);
        }
    }
}
