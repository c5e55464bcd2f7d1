using Microsoft.Data.Sqlite;

namespace HaActors.Storage;

/// <summary>Creates and checks the SQLite file before anybody uses it.</summary>
internal static class SqliteFile
{
    private const int NotADatabase = 26;
    private const int Corrupt = 11;

    /// <summary>Returns the guard that keeps a second master off this file for as long as it is held.</summary>
    internal static IDisposable Prepare(StorageOptions options)
    {
        FileStream? guard = null;
        try
        {
            CreateDirectory(options.DataDirectory, options);
            CreateDirectory(Path.GetDirectoryName(options.Where)!, options);
            guard = Guard(options);
            SwitchToWal(options);
            return guard;
        }
        catch
        {
            guard?.Dispose();
            throw;
        }
    }

    internal static void ClosePool(StorageOptions options)
    {
        using var connection = new SqliteConnection(options.ConnectionString);
        SqliteConnection.ClearPool(connection);
    }

    private static void CreateDirectory(string directory, StorageOptions options)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(options, directory, e);
        }
    }

    /// <summary>SQLite is for exactly one master: two histories in one file would each believe to be alone. The kernel drops the lock with the process.</summary>
    private static FileStream Guard(StorageOptions options)
    {
        var path = options.Where + ".lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw CannotWrite(options, path, e);
        }
        catch (DirectoryNotFoundException e)
        {
            throw CannotWrite(options, path, e);
        }
        catch (IOException e)
        {
            throw new StorageStartException(
                $"{options.Where} is in use by another master ({path} is locked, or can't be locked: {e.Message}). Stop that one, give this one its own {StorageOptions.DataDirectoryKey}, or use {StorageOptions.ProviderKey} = postgresql for several masters.", e);
        }
    }

    private static void SwitchToWal(StorageOptions options)
    {
        try
        {
            using var connection = new SqliteConnection(options.ConnectionString);
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL;";
            var mode = command.ExecuteScalar() as string;
            command.CommandText = "PRAGMA journal_mode;";
            mode = command.ExecuteScalar() as string ?? mode;
            if (!string.Equals(mode, "wal", StringComparison.OrdinalIgnoreCase))
                throw new StorageStartException($"{options.Where} can't be switched to WAL (it stays '{mode}'): its file system lacks shared memory. Put {StorageOptions.DataDirectoryKey} on a local disk, not on NFS.");
            // A write that changes nothing tells now, not at the first fence, that the file is read-only.
            command.CommandText = "BEGIN IMMEDIATE; PRAGMA user_version = 7001; COMMIT;";
            command.ExecuteNonQuery();
            // BMC accounts and guests' definitions lie in it.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(options.Where, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is NotADatabase or Corrupt)
        {
            throw new StorageStartException($"{options.Where} is no SQLite database, or it is damaged ({e.Message}). Restore it from a backup, or move it away to start with an empty one.", e);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(options, options.Where, e);
        }
    }

    private static StorageStartException CannotWrite(StorageOptions options, string path, Exception e) =>
        new($"{path} can't be created or written ({e.Message}). Give this user the right to write there, free some space, or set {StorageOptions.DataDirectoryKey} (now {options.DataDirectory}) to another directory.", e);
}
