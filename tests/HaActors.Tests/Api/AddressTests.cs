using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HaActors.Master;
using HaActors.Master.Hosting;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace HaActors.Tests.Api;

/// <summary>An address that can't be had stops the start before a database is opened or a cluster is joined.</summary>
public sealed class AddressTests : IDisposable
{
    private readonly TcpListener _other = new(IPAddress.Loopback, 0);
    private readonly TempFolder _folder = new();

    public AddressTests() => _other.Start();

    public void Dispose()
    {
        _other.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("0.0.0.0")]
    [InlineData("*")]
    [InlineData("ha.example.invalid")]
    public async Task A_port_of_the_HTTP_API_that_is_in_use_is_named_and_nothing_is_made(string host)
    {
        var url = $"http://{host}:{Port}";
        var wrong = await Assert.ThrowsAsync<AddressException>(() => StartAsync("--Urls", url));
        Assert.Contains(url, wrong.Message, StringComparison.Ordinal);
        Assert.Contains("set Urls", wrong.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "haactors.db")));
    }

    [Fact]
    public async Task A_cluster_port_in_use_is_named()
    {
        var wrong = await Assert.ThrowsAsync<AddressException>(() => StartAsync("--Urls", "http://127.0.0.1:0", "--HaActors:Cluster:Port", Port));
        Assert.Contains("127.0.0.1:" + Port, wrong.Message, StringComparison.Ordinal);
        Assert.Contains("HaActors:Cluster:Port", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_named()
    {
        var wrong = await Assert.ThrowsAsync<AddressException>(() => StartAsync("--Urls", "http://192.0.2.1:8080"));
        Assert.Contains("http://192.0.2.1:8080 is no address of this machine", wrong.Message, StringComparison.Ordinal);
    }

    private string Port => ((IPEndPoint)_other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

    private Task<WebApplication> StartAsync(params string[] args) => MasterHost.BuildAsync(["--HaActors:DataDirectory", _folder.Path, .. args]);
}
