using System.Security.Cryptography;
using HaActors.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace HaActors.Master.Hosting;

/// <summary>Encrypts agents' tokens and BMC passwords with keys that lie beside the database, not in it: a copy of the database alone opens nothing.</summary>
internal sealed class KeyRing : ISecretProtector
{
    private const string CheckName = "keyring.check";
    private readonly IDataProtector _protector;

    internal KeyRing(string dataDirectory)
    {
        Folder = new DirectoryInfo(Path.Combine(dataDirectory, "keys"));
        try
        {
            if (OperatingSystem.IsWindows())
                Folder.Create();
            else
                Directory.CreateDirectory(Folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            // One key for good: what it protects lies in the database for years, and several masters share a copy of this folder.
            _protector = DataProtectionProvider.Create(Folder, setup => setup.SetApplicationName("HaActors").SetDefaultKeyLifetime(TimeSpan.FromDays(36_500)))
                .CreateProtector("HaActors.Secrets.v1");
            _protector.Protect("probe");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or System.Xml.XmlException)
        {
            throw new StorageStartException($"The key ring in {Folder.FullName} can't be read or written ({e.Message}). Give this user the right to, or restore the folder from a backup.", e);
        }
    }

    internal DirectoryInfo Folder { get; }

    public string Protect(string secret) => _protector.Protect(secret);

    public string Unprotect(string protectedText) => _protector.Unprotect(protectedText);

    /// <summary>Tells at start, not at the first fence, that this key ring is not the one that the database's secrets were protected with.</summary>
    internal async Task CheckAsync(Storage.Settings store, CancellationToken stopping)
    {
        var stored = await store.WriteOnceAsync(CheckName, Protect("HaActors"), stopping).ConfigureAwait(false);
        try
        {
            Unprotect(stored);
        }
        catch (CryptographicException e)
        {
            throw new StorageStartException(
                $"The key ring in {Folder.FullName} is not the one that this database's secrets were protected with. Restore that folder from a backup, or copy it from the other masters.", e);
        }
    }
}
