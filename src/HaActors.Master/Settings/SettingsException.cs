namespace HaActors.Master.Settings;

/// <summary>A setting is wrong. The message is one line: the key, the value, what is allowed. Stops the start with exit code 2.</summary>
public sealed class SettingsException(string message) : Exception(message);
