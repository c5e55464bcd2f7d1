using System.Security.Cryptography;
using System.Text;
using HaActors.Domain;
using HaActors.Storage;
using Microsoft.AspNetCore.WebUtilities;

namespace HaActors.Master.Http;

/// <summary>Knows the administrator's token by its hash only, and compares in constant time.</summary>
/// <remarks>A plain SHA-256 is enough for a token of 256 random bits: nothing guesses those. A configured token never reaches the disk.</remarks>
internal sealed class AdminToken
{
    private const string SettingName = "auth.admin-token";
    private const string Prefix = "sha256:";
    private readonly byte[] _hash;

    private AdminToken(byte[] hash) => _hash = hash;

    /// <summary>The configured one; else the stored one; else one is made, its hash stored, and it is shown once by <paramref name="show"/>.</summary>
    internal static async Task<AdminToken> LoadAsync(Secret? configured, Storage.Settings store, Action<string> show, CancellationToken stopping)
    {
        if (configured is not null)
            return new(Hash(configured.Reveal()));
        var stored = await store.ReadAsync(SettingName, stopping).ConfigureAwait(false);
        if (stored is null)
        {
            var made = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
            var mine = Prefix + Convert.ToHexString(Hash(made));
            stored = await store.WriteOnceAsync(SettingName, mine, stopping).ConfigureAwait(false);
            if (stored == mine)
                show(made);
        }

        return stored.StartsWith(Prefix, StringComparison.Ordinal) && stored.Length == Prefix.Length + 64
            ? new(Convert.FromHexString(stored.AsSpan(Prefix.Length)))
            : throw new StorageStartException($"The setting {SettingName} in the database can't be read; delete its row, and a new token is made at the next start.");
    }

    internal bool Accepts(string token) => CryptographicOperations.FixedTimeEquals(Hash(token), _hash);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
