using Npgsql;

namespace HaActors.Storage;

/// <summary>Asks the server, before anything else does, whether it can be used.</summary>
internal static class PostgresqlServer
{
    internal static async Task CheckAsync(StorageOptions options, CancellationToken stopping)
    {
        try
        {
            var connection = new NpgsqlConnection(options.ConnectionString);
            await using (connection.ConfigureAwait(false))
            {
                await connection.OpenAsync(stopping).ConfigureAwait(false);
                var command = new NpgsqlCommand("SHOW synchronous_commit", connection);
                await using (command.ConfigureAwait(false))
                {
                    // Off: the server acknowledges what a crash of it may lose, and the intent of a fence would be such a write.
                    if (await command.ExecuteScalarAsync(stopping).ConfigureAwait(false) is "off")
                        throw new StorageStartException($"The database at {options.Where} acknowledges writes before they are safe (synchronous_commit = off). Set it to 'on' for this role or database.");
                }
            }
        }
        catch (PostgresException e)
        {
            throw new StorageStartException($"PostgreSQL at {options.Where} refuses the connection: {e.MessageText} ({e.SqlState}). Check database, user and password in {StorageOptions.ConnectionStringKey}.", e);
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw new StorageStartException($"PostgreSQL at {options.Where} can't be reached: {e.Message}. Start it, or correct {StorageOptions.ConnectionStringKey}.", e);
        }
    }
}
