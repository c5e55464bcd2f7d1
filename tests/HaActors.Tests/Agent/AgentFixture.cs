using HaActors.Agent;
using HaActors.Agent.Hosts;
using HaActors.Agent.Instances;
using HaActors.Agent.Libvirt;
using HaActors.Agent.State;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace HaActors.Tests.Agent;

/// <summary>libvirt's test driver has one host for the whole process, which lives as long as a connection does: this keeps one open.</summary>
public sealed class LibvirtTestDriver : IDisposable
{
    private readonly LibvirtConnection _anchor = LibvirtConnection.Open(Uri);

    public const string Uri = "test:///default";

    public void Dispose() => _anchor.Dispose();
}

/// <summary>Tests on the driver's one host run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class LibvirtTests : ICollectionFixture<LibvirtTestDriver>
{
    public const string Name = "libvirt test driver";
}

internal sealed class FakeHost : IHostFacts
{
    public string HostName => "hv1";

    public string BootId { get; set; } = "11111111-0000-4000-8000-000000000001";

    public long MemoryMiB { get; set; } = 64 * 1024;

    public long FreeMemoryMiB => MemoryMiB;

    public int Vcpus { get; set; } = 16;

    public string? MachineId => "99999999-0000-4000-8000-000000000001";
}

/// <summary>The agent's rooms without HTTP, on a state directory of their own. <see cref="Restart"/> is a crash of the agent alone.</summary>
internal sealed class AgentRooms : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("haagent-");

    internal AgentRooms(bool floorsKnown = true)
    {
        Store = new StateStore(_directory.FullName);
        if (floorsKnown) Store.LearnFloors(new Dictionary<string, long>());
        Libvirt = LibvirtConnection.Open(LibvirtTestDriver.Uri);
        Runner = NewRunner();
        Ender = NewEnder();
    }

    internal FakeHost Host { get; } = new();

    internal AgentOptions Options { get; set; } = new() { StopGrace = TimeSpan.Zero };

    internal StateStore Store { get; private set; }

    internal LibvirtConnection Libvirt { get; }

    internal Runner Runner { get; private set; }

    internal Ender Ender { get; private set; }

    internal string Root => _directory.FullName;

    internal Runner NewRunner(Action<string>? step = null) => new(Store, Host, new Room(Options, Host), NullLogger<Runner>.Instance) { Step = step };

    internal void Restart()
    {
        Store.Dispose();
        Store = new StateStore(Root);
        Runner = NewRunner();
        Ender = NewEnder();
    }

    internal bool IsActive(string uuid)
    {
        using var domain = Libvirt.Find(uuid);
        return domain?.IsActive() == true;
    }

    public void Dispose()
    {
        foreach (var domain in Libvirt.Domains())
        {
            using (domain)
            {
                if (!domain.Name().StartsWith(TestDomain.Prefix, StringComparison.Ordinal)) continue;
                if (domain.IsActive()) domain.Destroy();
                domain.Undefine();
            }
        }

        Libvirt.Dispose();
        Store.Dispose();
        _directory.Delete(recursive: true);
    }

    private Ender NewEnder() => new(Store, Host, Options, TimeProvider.System, NullLogger<Ender>.Instance);
}

internal static class TestDomain
{
    internal const string Prefix = "ha-test-";

    internal static string NewUuid() => Guid.NewGuid().ToString();

    internal static string Xml(string uuid, int memoryMiB = 64, int vcpus = 1, string disks = "") => $"""
        <domain type='test'>
          <name>{Prefix}{uuid[..8]}</name>
          <uuid>{uuid}</uuid>
          <memory unit='MiB'>{memoryMiB}</memory>
          <vcpu>{vcpus}</vcpu>
          <os><type>hvm</type></os>
          <devices>{disks}</devices>
        </domain>
        """;
}
