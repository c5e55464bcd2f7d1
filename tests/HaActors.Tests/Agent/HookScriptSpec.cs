using System.Diagnostics;
using HaActors.Agent;
using HaActors.Agent.Hook;
using HaActors.Agent.State;
using Xunit;

namespace HaActors.Tests.Agent;

/// <summary>The hook as libvirt calls it: a shell script, files, a definition on stdin, and no agent anywhere.</summary>
public sealed class HookScriptSpec : IDisposable
{
    private const string Boot = "aaaaaaaa-0000-4000-8000-000000000001";
    private const string OtherBoot = "bbbbbbbb-0000-4000-8000-000000000002";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("haagent-hook-");
    private readonly StateStore _store;
    private readonly string _uuid = Guid.NewGuid().ToString();
    private readonly AgentOptions _options;

    public HookScriptSpec()
    {
        _options = new AgentOptions { StateDirectory = _directory.FullName, BootIdPath = Path.Combine(_directory.FullName, "boot"), HookDirectory = Path.Combine(_directory.FullName, "hooks") };
        _store = new StateStore(_directory.FullName);
        File.WriteAllText(_options.BootIdPath, Boot + "\n");
        new HookInstaller(_options).Install(force: false);
    }

    public void Dispose()
    {
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void An_instance_that_nobody_manages_starts() => Passes();

    [Fact]
    public void A_managed_instance_starts_in_a_cleared_boot()
    {
        Remember(r => r with { Managed = true, Guard = true });
        _store.Clear(Boot);
        Passes();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(OtherBoot)]
    public void A_managed_instance_is_refused_in_a_boot_that_no_master_has_cleared(string? cleared)
    {
        Remember(r => r with { Managed = true, Guard = true });
        if (cleared is not null) _store.Clear(cleared);
        Refuses("haactors: not cleared");
    }

    [Fact]
    public void A_masters_run_passes_in_a_boot_that_is_not_cleared()
    {
        Remember(r => r with { Managed = true, Guard = true, Floor = 4, Requested = 4, Permit = 4, PermitBoot = Boot });
        Passes();
    }

    [Fact]
    public void A_masters_run_of_an_earlier_boot_is_no_permission()
    {
        Remember(r => r with { Managed = true, Guard = true, Floor = 4, Requested = 4, Started = 4, Permit = 4, PermitBoot = OtherBoot });
        Refuses("haactors: not cleared");
    }

    [Fact]
    public void A_higher_epoch_than_the_one_started_here_refuses_also_in_a_cleared_boot()
    {
        Remember(r => r with { Managed = true, Guard = true, Floor = 5, Requested = 4, Started = 4, Permit = 4, PermitBoot = Boot });
        _store.Clear(Boot);
        Refuses("haactors: moved away");
    }

    [Fact]
    public void What_was_cancelled_or_deleted_is_refused_also_in_a_cleared_boot()
    {
        Remember(r => r with { Guard = true, Away = true });
        _store.Clear(Boot);
        Refuses("haactors: moved away");
    }

    [Fact]
    public void After_an_opt_out_the_guard_stays_until_a_master_says_that_it_may_start()
    {
        Remember(r => r with { Managed = false, Guard = true });
        Refuses("haactors: not cleared");
        Remember(r => r with { Guard = false });
        Passes();
    }

    [Theory]
    [InlineData("started")]
    [InlineData("release")]
    [InlineData("reconnect")]
    public void Only_the_preparation_of_a_start_is_refused(string operation)
    {
        Remember(r => r with { Managed = true, Guard = true, Away = true });
        Assert.Equal((0, ""), Call(operation));
    }

    [Fact]
    public void The_hook_tells_who_called_it()
    {
        Passes();
        Assert.Equal(Environment.ProcessId.ToString(), File.ReadAllText(Path.Combine(_directory.FullName, "hook-used")).Trim());
    }

    [Fact]
    public void Without_a_readable_boot_id_a_managed_instance_is_refused()
    {
        Remember(r => r with { Managed = true, Guard = true });
        File.Delete(_options.BootIdPath);
        Refuses("cannot be read");
    }

    [Fact]
    public void A_foreign_file_is_replaced_only_by_force()
    {
        var installer = new HookInstaller(_options);
        Assert.False(installer.Install(force: false));
        File.WriteAllText(installer.HookPath, "#!/bin/sh\nexit 0\n");
        Assert.Throws<IOException>(() => installer.Install(force: false));
        Assert.True(installer.Install(force: true));
    }

    [Fact]
    public void A_hook_that_libvirt_has_not_read_is_no_protection()
    {
        var installer = new HookInstaller(_options);
        var daemon = new LibvirtDaemon(4711, DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Contains("has not read it yet", installer.Problem(daemon), StringComparison.Ordinal);
        installer.Reloaded(daemon);
        Assert.Null(installer.Problem(daemon));
        var restarted = new LibvirtDaemon(4712, DateTimeOffset.UtcNow.AddHours(1));
        Assert.Null(installer.Problem(restarted));
        File.Delete(installer.HookPath);
        Assert.Contains("is missing", installer.Problem(restarted), StringComparison.Ordinal);
    }

    private void Remember(Func<InstanceRecord, InstanceRecord> change) => _store.Update(_uuid, change);

    private void Passes() => Assert.Equal((0, ""), Call("prepare"));

    private void Refuses(string reason)
    {
        var (exit, error) = Call("prepare");
        Assert.Equal(1, exit);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private (int Exit, string Error) Call(string operation)
    {
        var start = new ProcessStartInfo(new HookInstaller(_options).HookPath, ["vm1", operation, "begin", "-"]) { RedirectStandardInput = true, RedirectStandardError = true };
        using var hook = Process.Start(start)!;
        try
        {
            hook.StandardInput.Write($"<domain type='kvm'>\n  <name>vm1</name>\n  <uuid>{_uuid.ToUpperInvariant()}</uuid>\n  <metadata>\n    <uuid>{Guid.NewGuid()}</uuid>\n  </metadata>\n</domain>\n");
            hook.StandardInput.Close();
        }
        catch (IOException)
        {
            // it had no need of the definition
        }

        var error = hook.StandardError.ReadToEnd();
        hook.WaitForExit();
        return (hook.ExitCode, error);
    }
}
