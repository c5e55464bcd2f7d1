using System.Data.Common;
using LinqToDB.Interceptors;

namespace HaActors.Storage;

/// <summary>
/// Makes every SQLite connection durable, Akka's own too: WAL is a property of the file, but <c>synchronous</c> is one of the connection,
/// and a write that was acknowledged must survive a power cut (no fence without its stored intent).
/// </summary>
internal sealed class SqliteConnections : ConnectionInterceptor
{
    /// <summary>busy_timeout (ms): SQLite itself waits in small steps; the driver's own retry sleeps 150 ms each time.</summary>
    internal const string Pragmas = "PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

    public override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    // The driver is synchronous underneath; an async command would only pretend.
    public override Task ConnectionOpenedAsync(ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        ConnectionOpened(eventData, connection);
        return Task.CompletedTask;
    }
}
