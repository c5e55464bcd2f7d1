using System.Buffers.Binary;
using System.Collections.Concurrent;
using HaActors.Agent.Hosts;

namespace HaActors.Agent.Instances;

/// <summary>
/// Sizes of disks, read behind everyone's back: on a dead NFS server opening an image never ends, so no list waits for it.
/// libvirt is not asked, because it would hold that domain's lock meanwhile, and then answer nobody about it.
/// Unknown sizes are 0 until a later list.
/// </summary>
internal sealed class DiskSizes(TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, (long MiB, long At)> _known = new(StringComparer.Ordinal);
    private readonly BoundedThreads _reading = new("the disk images", 1);

    internal long MiB(string source) => _known.GetValueOrDefault(source).MiB;

    /// <summary>Reads what is not known or old; returns at once.</summary>
    internal void Refresh(IEnumerable<string> sources)
    {
        var stale = sources.Distinct().Where(s => s.StartsWith('/') && (!_known.TryGetValue(s, out var known) || time.GetElapsedTime(known.At) > Age)).ToList();
        if (stale.Count > 0 && _reading.Busy == 0) _ = ReadAsync(stale);
    }

    /// <summary>Size as the guest sees it, bytes: of a qcow2 image from its header, else the length.</summary>
    internal static long SizeOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> header = stackalloc byte[32];
        var qcow2 = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header is [(byte)'Q', (byte)'F', (byte)'I', 0xfb, ..];
        return qcow2 ? BinaryPrimitives.ReadInt64BigEndian(header[24..]) : file.Seek(0, SeekOrigin.End);
    }

    private async Task ReadAsync(List<string> stale)
    {
        try
        {
            await _reading.RunAsync(() =>
            {
                foreach (var path in stale) _known[path] = (Try(path) >> 20, time.GetTimestamp());
                return true;
            }, TimeSpan.FromMinutes(1)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // read again with a later list, once that thread is free
        }
    }

    private static long Try(string path)
    {
        try
        {
            return SizeOf(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return 0;
        }
    }
}
