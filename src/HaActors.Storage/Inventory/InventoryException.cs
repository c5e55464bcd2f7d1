namespace HaActors.Storage.Inventory;

/// <summary>Why a change to the inventory was refused; the API's problem codes.</summary>
public static class InventoryCodes
{
    public const string NotFound = "not-found";
    public const string DuplicateId = "duplicate-id";
    public const string DuplicateName = "duplicate-name";
    /// <summary>Another hypervisor has this BMC address: one would cut the other's power.</summary>
    public const string DuplicateBmc = "duplicate-bmc";
    /// <summary>Another hypervisor has this agent URL: one host would be counted twice.</summary>
    public const string DuplicateAgent = "duplicate-agent";
    public const string UnknownLocation = "unknown-location";
    public const string UnknownGroup = "unknown-group";
    public const string GroupOfAnotherLocation = "group-of-another-location";
    /// <summary>Something still refers to it.</summary>
    public const string InUse = "in-use";
    /// <summary>An id is identity: it can't be changed.</summary>
    public const string IdChanged = "id-changed";
    public const string InvalidId = "invalid-id";
    public const string InvalidName = "invalid-name";
    public const string InvalidThreshold = "invalid-threshold";
    public const string InvalidAddress = "invalid-address";
    public const string InvalidAgent = "invalid-agent";
    public const string InvalidIpmi = "invalid-ipmi";
    public const string InvalidFenceDevice = "invalid-fence-device";
    public const string InvalidCrashDumpWait = "invalid-crash-dump-wait";
    public const string InvalidInstance = "invalid-instance";
    public const string InvalidWebhook = "invalid-webhook";
    public const string TooMany = "too-many";
}

/// <summary>A refused change: nothing was written. The message names what was wrong, what is allowed and what to do.</summary>
/// <param name="code">One of <see cref="InventoryCodes"/>.</param>
public sealed class InventoryException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
