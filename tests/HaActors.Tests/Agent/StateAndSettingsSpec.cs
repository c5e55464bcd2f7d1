using System.Buffers.Binary;
using HaActors.Agent;
using HaActors.Agent.Hosts;
using HaActors.Agent.Instances;
using HaActors.Agent.State;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace HaActors.Tests.Agent;

public sealed class StateAndSettingsSpec : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("haagent-state-");
    private readonly string _uuid = TestDomain.NewUuid();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_record_comes_back_as_it_was_written()
    {
        var record = new InstanceRecord(true, true, 7, 5, 7, 6, true, true, 7, "boot", true, 4, true, "boot");
        Assert.Equal(record, InstanceRecord.Parse(record.Format()));
        Assert.Equal(new InstanceRecord(), InstanceRecord.Parse(new InstanceRecord().Format() + "from-a-newer-agent 1\n"));
    }

    [Fact]
    public void A_damaged_record_stops_the_start_and_names_the_file()
    {
        using (var store = new StateStore(_directory.FullName)) store.Update(_uuid, r => r with { Floor = 7 });
        var path = Path.Combine(_directory.FullName, "instances", _uuid);
        File.WriteAllText(path, "floor seven\n");
        Assert.Contains(path, Assert.Throws<DamagedStateException>(() => new StateStore(_directory.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_half_written_file_of_a_crash_is_not_read()
    {
        using (var store = new StateStore(_directory.FullName)) store.Update(_uuid, r => r with { Floor = 7 });
        File.WriteAllText(Path.Combine(_directory.FullName, "instances", _uuid + ".new"), "floo");
        using var again = new StateStore(_directory.FullName);
        Assert.Equal(7, again.Get(_uuid).Floor);
    }

    [Fact]
    public void Two_agents_cannot_share_a_state_directory()
    {
        using var store = new StateStore(_directory.FullName);
        Assert.Contains("HaAgent:StateDirectory", Assert.Throws<IOException>(() => new StateStore(_directory.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Floors_that_are_told_never_lower_one()
    {
        using var store = new StateStore(_directory.FullName);
        store.LearnFloors(new Dictionary<string, long> { [_uuid] = 7 });
        store.LearnFloors(new Dictionary<string, long> { [_uuid] = 3 });
        Assert.Equal(7, store.Get(_uuid).Floor);
    }

    [Fact]
    public async Task A_datastore_that_lost_its_marker_is_not_marked_anew()
    {
        using var store = new StateStore(Path.Combine(_directory.FullName, "state"));
        var path = _directory.CreateSubdirectory("disks").FullName;
        var found = Assert.Single((await new Datastores(store) { Paths = [path] }.LookAsync()).Found);
        File.Delete(Path.Combine(path, DatastoreFiles.MarkerName));
        var (none, warnings) = await new Datastores(store) { Paths = [path] }.LookAsync();
        Assert.Empty(none);
        Assert.Contains(found.Uuid, Assert.Single(warnings), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(path, DatastoreFiles.MarkerName)));
    }

    [Theory]
    [InlineData("/srv/nfs", true)]
    [InlineData("/srv/nfs/images", true)]
    [InlineData("/srv/nfs2", false)]
    [InlineData("/srv/mounted/images", false)]
    [InlineData("/var/lib/libvirt/images", false)]
    public void A_directory_that_fstab_wants_mounted_and_is_not_is_no_datastore(string path, bool missing)
    {
        string[] fstab = ["# comment /srv/nfs2", "/dev/sda1 / ext4 defaults 0 1", "nas:/a /srv/nfs nfs defaults 0 0", "nas:/b /srv/mounted nfs defaults 0 0", "/dev/sda2 none swap sw 0 0"];
        string[] mounts = ["22 1 8:1 / / rw - ext4 /dev/sda1 rw", "30 22 0:40 / /srv/mounted rw - nfs nas:/b rw"];
        Assert.Equal(missing, MountTable.ShouldBeMounted(path, fstab, mounts));
    }

    [Fact]
    public void Disks_of_every_kind_are_read_and_what_is_not_writable_is_not_told()
    {
        var disks = Definition.Parse(TestDomain.Xml(_uuid, disks: """
            <disk type='file'><source file='/a/1.raw'/><target dev='vda'/></disk>
            <disk type='block'><source dev='/dev/vg/2'/><target dev='vdb'/><shareable/></disk>
            <disk type='volume'><source pool='p' volume='3.qcow2'/><target dev='vdc'/></disk>
            <disk type='network'><source protocol='rbd' name='pool/4'/><target dev='vdd'/></disk>
            <disk type='file' device='cdrom'><source file='/a/5.iso'/><target dev='sda'/></disk>
            <disk type='file'><source file='/a/6.raw'/><target dev='vde'/><readonly/></disk>
            <disk type='file'><target dev='vdf'/></disk>
            """)).Disks;
        Assert.Equal(
            [new("vda", "/a/1.raw", null, false), new("vdb", "/dev/vg/2", null, true), new("vdc", "3.qcow2", "p", false), new DefinedDisk("vdd", "rbd:pool/4", null, false)], disks);
    }

    [Fact]
    public void The_size_of_an_image_is_what_the_guest_sees()
    {
        var raw = Path.Combine(_directory.FullName, "raw");
        File.WriteAllBytes(raw, new byte[4096]);
        Assert.Equal(4096, DiskSizes.SizeOf(raw));
        var header = new byte[104];
        "QFI"u8.CopyTo(header);
        header[3] = 0xfb;
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), 10L << 30);
        var qcow2 = Path.Combine(_directory.FullName, "qcow2");
        File.WriteAllBytes(qcow2, header);
        Assert.Equal(10L << 30, DiskSizes.SizeOf(qcow2));
    }

    [Theory]
    [InlineData("HaAgent:Frob", "1")]
    [InlineData("HaAgent:StateDirectory", "relative")]
    [InlineData("HaAgent:LibvirtUri", "")]
    [InlineData("HaAgent:Datastores", "/a:b")]
    [InlineData("HaAgent:HostReserveMiB", "-1")]
    [InlineData("HaAgent:StopGrace", "long")]
    [InlineData("HaAgent:Token", "short")]
    public void A_wrong_setting_is_named_and_a_token_is_not_printed(string key, string value)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        var wrong = Assert.Throws<BadSettingException>(() => AgentOptions.Read(settings));
        Assert.Contains(key, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("short", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", new AgentOptions { Token = "secret" }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_read_and_have_the_defaults_that_are_fixed()
    {
        var none = AgentOptions.Read(new ConfigurationBuilder().Build());
        Assert.Equal(("qemu:///system", "/var/lib/haactors", 0, null), (none.LibvirtUri, none.StateDirectory, none.Datastores.Count, none.Token));
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("HaAgent:Datastores:0", "/a/"), new("HaAgent:Datastores:1", "/b"), new("HaAgent:Token", new string('t', 16))]).Build();
        Assert.Equal(["/a", "/b"], AgentOptions.Read(settings).Datastores);
    }
}
