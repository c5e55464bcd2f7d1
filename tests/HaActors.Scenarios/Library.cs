namespace HaActors.Scenarios;

/// <summary>The scenario files of the checkout that this was built in: read where they are written, so that a file that was moved or removed is not run from an old copy.</summary>
internal static class Library
{
    public static string Folder { get; } = Path.Combine(Root(), "tests", "HaActors.Scenarios", "Scenarios");

    public static IEnumerable<string> Files() => Below(Folder);

    public static IEnumerable<string> Below(string folder) => Directory.EnumerateFiles(folder, "*.scenario", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>Its path below the folder, as the index writes it: <c>fencing/power-lost.scenario</c>.</summary>
    public static string NameOf(string file) => Path.GetRelativePath(Folder, file).Replace('\\', '/');

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HaActors.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"HaActors.sln is not above {AppContext.BaseDirectory}.");
    }
}
