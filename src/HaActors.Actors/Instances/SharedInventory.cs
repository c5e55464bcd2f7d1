using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Actors.Instances;

/// <summary>The inventory as one actor reads it: at most 10 s old, and the last known one while the database is away.</summary>
internal sealed class SharedInventory(IInventory inventory)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(10);

    private InventorySnapshot? _known;
    private TimeSpan _readAt;

    /// <param name="clock">Monotonic time now.</param>
    public async Task<InventorySnapshot> ReadAsync(TimeSpan clock, CancellationToken stopping)
    {
        var known = _known;
        if (known is not null && clock - _readAt <= Lasts)
        {
            return known;
        }

        try
        {
            var read = await inventory.ReadAsync(stopping);
            (_known, _readAt) = (read, clock);
            return read;
        }
        catch (Exception e) when (known is not null && e is not OperationCanceledException and not OutOfMemoryException)
        {
            // Endpoints seldom change, and a start needs the journal, which is away too.
            return known;
        }
    }
}
