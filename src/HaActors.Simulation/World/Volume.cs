using HaActors.Domain;

namespace HaActors.Simulation.World;

/// <summary>One file system that holds disk images. Two volumes may carry the same marker (a cloned disk): only nonces tell them apart.</summary>
internal sealed class Volume(DatastoreId id, string path, long sizeMiB)
{
    public DatastoreId Id { get; } = id;

    /// <summary>Where each host has it mounted.</summary>
    public string Path { get; } = path;

    public long SizeMiB { get; } = sizeMiB;

    /// <summary>QEMU's image locks work here. False: as on a file system without locks.</summary>
    public bool LocksImages { get; set; } = true;

    /// <summary>How long the lock of a host that lost its power lives on, as a lease on NFS does. Zero: freed at once.</summary>
    public TimeSpan LeaseOutlives { get; set; }

    public SortedSet<HypervisorId> MountedOn { get; } = [];

    public SortedSet<HypervisorId> OutOfReachOf { get; } = [];

    public SortedDictionary<string, string> Nonces { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Image> Images { get; } = new(StringComparer.Ordinal);

    public long FreeMiB => Math.Max(0, SizeMiB - Images.Values.Sum(i => i.SizeMiB));

    public bool Holds(string source) => source.StartsWith(Path + "/", StringComparison.Ordinal);

    /// <summary>A disk image: its size, who locks it, and how far its guest has counted.</summary>
    internal sealed class Image(long sizeMiB)
    {
        public long SizeMiB { get; } = sizeMiB;

        public HypervisorId? LockedBy { get; set; }

        /// <summary>The holder is dead; its lock ends at this time since the world was made.</summary>
        public TimeSpan? LockEnds { get; set; }

        /// <summary>Seconds that a guest has run on this image.</summary>
        public double Counter { get; set; }
    }
}
