using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace HaActors.Tests.House;

/// <summary>Imports point one way. The rules are here once, and both the project files and what the compiler really linked must keep them.</summary>
public sealed class ImportRuleTests
{
    /// <summary>Who may name whom. What is not listed may not be named; a new project needs a line here.</summary>
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["HaActors.Domain"] = [],
        ["HaActors.AgentApi"] = [],
        ["HaActors.Api"] = [],
        ["HaActors.Actors"] = ["HaActors.Domain"],
        ["HaActors.Adapters"] = ["HaActors.Domain", "HaActors.AgentApi"],
        ["HaActors.Storage"] = ["HaActors.Domain"],
        ["HaActors.Agent"] = ["HaActors.AgentApi"],
        ["HaActors.Simulation"] = ["HaActors.Domain", "HaActors.AgentApi"],
        ["HaActors.Master"] =
            ["HaActors.Domain", "HaActors.Actors", "HaActors.Adapters", "HaActors.Storage", "HaActors.AgentApi", "HaActors.Api", "HaActors.Dashboard"],
        ["HaActors.Console"] = ["HaActors.Api"],
        ["HaActors.Dashboard"] = ["HaActors.Api"],
        ["HaActors.Demo"] = ["HaActors.Master", "HaActors.Simulation", "HaActors.Api"],
    };

    /// <summary>The domain decides; it may use no framework either, so that every rule can be read and tested without one.</summary>
    private static readonly string[] DomainMayUse = ["System", "netstandard", "mscorlib", "Microsoft.CSharp"];

    public static TheoryData<string> Projects() =>
        [.. Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_file_names_only_what_the_house_allows(string project)
    {
        Assert.True(MayReference.ContainsKey(project), $"{project} has no line in the import rules.");

        Assert.Empty(ProjectReferences(project).Except(MayReference[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_built_assembly_links_only_what_the_house_allows(string project)
    {
        var assembly = Loaded(project);
        if (assembly is null)
            return; // Not among this project's references; its project file is checked above.

        var ours = Mine(assembly);
        Assert.Empty(ours.Except(MayReference[project]));
    }

    [Theory]
    [InlineData("HaActors.Domain")]
    [InlineData("HaActors.Actors")]
    [InlineData("HaActors.Adapters")]
    [InlineData("HaActors.Storage")]
    [InlineData("HaActors.Agent")]
    [InlineData("HaActors.Simulation")]
    [InlineData("HaActors.Master")]
    [InlineData("HaActors.Demo")]
    public void The_assemblies_that_carry_the_promises_are_really_looked_at(string project) => Assert.NotNull(Loaded(project));

    [Fact]
    public void The_domain_uses_no_framework()
    {
        var foreign = Loaded("HaActors.Domain")!.GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => !DomainMayUse.Any(allowed => name == allowed || name.StartsWith(allowed + ".", StringComparison.Ordinal)));

        Assert.Empty(foreign);
        Assert.Empty(Document("HaActors.Domain").Descendants("PackageReference").Concat(Document("HaActors.Domain").Descendants("FrameworkReference")));
    }

    [Fact]
    public void A_package_version_is_named_in_one_place()
    {
        var versions = Directory.EnumerateFiles(Checkout.Root, "*.csproj", SearchOption.AllDirectories)
            .SelectMany(file => XDocument.Load(file).Descendants("PackageReference")
                .Where(package => package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null)
                .Select(package => $"{Path.GetFileName(file)}: {package.Attribute("Include")?.Value}"));

        Assert.Empty(versions);
    }

    private static IEnumerable<string> ProjectReferences(string project) =>
        Document(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

    private static XDocument Document(string project) => XDocument.Load(ProjectFile(project));

    private static string ProjectFile(string project) => Path.Combine(Checkout.Root, "src", project, project + ".csproj");

    /// <summary>The assembly that this test run has beside it, under its own name (<c>haagent</c>) or the project's.</summary>
    private static Assembly? Loaded(string project)
    {
        var name = Document(project).Descendants("AssemblyName").SingleOrDefault()?.Value ?? project;
        return File.Exists(Path.Combine(AppContext.BaseDirectory, name + ".dll")) ? Assembly.Load(name) : null;
    }

    private static string[] Mine(Assembly assembly)
    {
        var projectOf = MayReference.Keys
            .Where(project => File.Exists(ProjectFile(project)))
            .ToDictionary(project => Document(project).Descendants("AssemblyName").SingleOrDefault()?.Value ?? project);
        return [.. assembly.GetReferencedAssemblies().Where(reference => projectOf.ContainsKey(reference.Name!)).Select(reference => projectOf[reference.Name!])];
    }
}
