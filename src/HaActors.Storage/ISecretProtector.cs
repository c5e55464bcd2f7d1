namespace HaActors.Storage;

/// <summary>Encrypts what must not lie readable in the database: agent tokens and BMC passwords.</summary>
public interface ISecretProtector
{
    string Protect(string secret);

    /// <summary>Throws when the text was protected with other keys.</summary>
    string Unprotect(string protectedText);
}
