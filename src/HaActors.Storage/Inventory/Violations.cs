using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace HaActors.Storage.Inventory;

/// <summary>Reads a broken index or key back into the rule that it guards. The stores look first, so this speaks only when somebody else was faster.</summary>
internal static class Violations
{
    private const int SqliteConstraint = 19;

    internal static InventoryException? Read(DbException e, string what) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: { } name } => Unique(name, what),
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } => InUse(what),
        SqliteException { SqliteErrorCode: SqliteConstraint } s when s.Message.Contains("FOREIGN KEY", StringComparison.Ordinal) => InUse(what),
        SqliteException { SqliteErrorCode: SqliteConstraint } s => Unique(s.Message, what),
        _ => null,
    };

    /// <param name="where">PostgreSQL's constraint (<c>fence_devices_key</c>), or SQLite's text (<c>UNIQUE constraint failed: fence_devices.device_key</c>).</param>
    private static InventoryException Unique(string where, string what) =>
        where.Contains("fence_devices", StringComparison.Ordinal) ? new(InventoryCodes.DuplicateBmc, $"{what}: another hypervisor has one of these fence devices; correct one of the two.")
        : where.Contains("agent", StringComparison.Ordinal) ? new(InventoryCodes.DuplicateAgent, $"{what}: another hypervisor has this agent URL; correct one of the two.")
        : where.Contains("name", StringComparison.Ordinal) ? new(InventoryCodes.DuplicateName, $"{what}: this name is taken; choose another.")
        : new(InventoryCodes.DuplicateId, $"{what}: this id is taken; choose another.");

    private static InventoryException InUse(string what) =>
        new(InventoryCodes.InUse, $"{what}: something that it refers to, or that refers to it, was changed at the same moment; read it again and repeat.");
}
