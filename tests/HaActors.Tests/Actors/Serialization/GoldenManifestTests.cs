using System.Text;
using Akka.Actor;
using HaActors.Actors.Protocol;
using HaActors.Actors.Serialization;
using HaActors.Domain.Hypervisors;
using HaActors.Tests.House;
using Xunit;

namespace HaActors.Tests.Actors.Serialization;

/// <summary>
/// What was ever written to a journal must stay readable: one file for each manifest, written once, never changed. A new manifest's file is made by running this
/// with <c>HAACTORS_WRITE_GOLDEN=1</c>; a file that an existing manifest no longer matches is a broken promise, not a file to write again.
/// </summary>
public sealed class GoldenManifestTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("golden");

    private HaMessageSerializer Serializer => new((ExtendedActorSystem)_system);

    public static TheoryData<string> Names => [.. HypervisorManifests.All.Concat(InstanceManifests.All).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_manifest_reads_what_was_written_under_its_name(string name)
    {
        var path = Path.Combine(Folder, $"{name}.json");
        if (Environment.GetEnvironmentVariable("HAACTORS_WRITE_GOLDEN") == "1" && !File.Exists(path))
        {
            File.WriteAllText(path, Written(Samples.Of(Manifests.TypeOf(name))) + "\n");
        }

        Assert.True(File.Exists(path), $"{name} has no golden file {path}; see the summary of this class.");
        var golden = File.ReadAllText(path).Trim();
        var read = Serializer.FromBinary(Encoding.UTF8.GetBytes(golden), name);

        Assert.IsType(Manifests.TypeOf(name), read);
        Assert.Equal(golden, Written(read));
        Assert.Equal(golden, Written(Samples.Of(read.GetType())));
    }

    /// <summary>Rows of the journal from before a field came, as they were written.</summary>
    [Fact]
    public void What_was_written_before_a_field_came_is_read_without_it()
    {
        const string old = """{"hypervisorId":"value","incident":"value","attempt":7,"peers":["value"],"provedOff":["value"],"excluded":[{"device":"device","why":"why"}],"at":"2026-01-02T03:04:05.678+00:00"}""";
        var read = (FenceRequested)Serializer.FromBinary(Encoding.UTF8.GetBytes(old), "hv-fence-requested.1");
        Assert.Equal((7, false), (read.Attempt, read.OnlyIfOff));

        const string ask = """{"hypervisorId":"value","attempt":7,"question":7,"location":"value","policy":{"haEnabled":true},"maintenance":true,"devices":[],"toGain":7,"unguarded":[],"unheard":[],"seenPassing":true,"order":true,"incident":"value"}""";
        var asked = (AskPermit)Serializer.FromBinary(Encoding.UTF8.GetBytes(ask), "hv-ask-permit.1");
        Assert.True(asked is { Needs.IsDefault: true, Load.IsDefault: true, ReadsOff: null });
    }

    [Fact]
    public void A_file_without_a_manifest_is_a_name_that_was_dropped() => Assert.Empty(
        Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Except(Manifests.All.Select(m => m.Name)));

    public void Dispose() => _system.Dispose();

    private string Written(object message) => Encoding.UTF8.GetString(Serializer.ToBinary(message));

    private static string Folder { get; } = Path.Combine(Checkout.Root, "tests", "HaActors.Tests", "Actors", "Serialization", "Golden");
}
