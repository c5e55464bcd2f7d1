using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Mapping;

namespace HaActors.Storage;

/// <summary>What the masters themselves must remember beside the journal, e.g. the hash of the administrator's token; shared by all masters.</summary>
public sealed class Settings(Database database)
{
    /// <summary>The value, or null if it was never written.</summary>
    public async Task<string?> ReadAsync(string name, CancellationToken stopping)
    {
        var db = database.Connect();
        await using (db.ConfigureAwait(false))
        {
            return await db.GetTable<SettingRow>().Where(s => s.Name == name).Select(s => s.Value).FirstOrDefaultAsync(stopping).ConfigureAwait(false);
        }
    }

    public Task WriteAsync(string name, string value, CancellationToken stopping) =>
        database.WriteAsync(db => db.InsertOrReplaceAsync(new SettingRow { Name = name, Value = value }, token: stopping), stopping);

    /// <summary>Writes it unless somebody did; returns what is stored then. So two masters that start for the first time together agree on one.</summary>
    public Task<string> WriteOnceAsync(string name, string value, CancellationToken stopping) =>
        database.WriteAsync(async db =>
        {
            var stored = await db.GetTable<SettingRow>().Where(s => s.Name == name).Select(s => s.Value).FirstOrDefaultAsync(stopping).ConfigureAwait(false);
            if (stored is not null)
                return stored;
            await db.InsertAsync(new SettingRow { Name = name, Value = value }, token: stopping).ConfigureAwait(false);
            return value;
        }, stopping);

    [Table("settings")]
    private sealed class SettingRow
    {
        [Column("name"), PrimaryKey] public required string Name { get; init; }
        [Column("value")] public required string Value { get; init; }
    }
}
