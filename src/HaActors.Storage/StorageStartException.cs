namespace HaActors.Storage;

/// <summary>The storage can't be used as it is. The message is one line for an operator: which key or file, what is wrong, what to do. It holds no secret.</summary>
public sealed class StorageStartException : Exception
{
    public StorageStartException(string message) : base(message)
    {
    }

    public StorageStartException(string message, Exception inner) : base(message, inner)
    {
    }
}
