namespace HaActors.Tests.House;

/// <summary>The checkout that these tests were built in. The compiler's idea of a source file's path is no help: a deterministic build writes <c>/_/</c> there.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HaActors.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"HaActors.sln is not above {AppContext.BaseDirectory}.");
    }
}
