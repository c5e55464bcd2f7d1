using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HaActors.Master;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HaActors.Demo;

/// <summary>A real master on a temporary folder, which goes with it.</summary>
internal sealed class DemoMaster : IAsyncDisposable
{
    private const int UsualPort = 8080;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private readonly DirectoryInfo _folder;
    private readonly bool _verbose;
    private WebApplication? _app;

    private DemoMaster(DirectoryInfo folder, bool verbose)
    {
        _folder = folder;
        _verbose = verbose;
    }

    internal Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>Absolute.</summary>
    internal string Folder => _folder.FullName;

    internal string Token { get; private set; } = "";

    internal static async Task<DemoMaster> StartAsync(DemoOptions options, Action<IServiceCollection> ports, CancellationToken stopping)
    {
        var port = options.Port ?? (IsFree(UsualPort) ? UsualPort : 0);
        if (options.Port is { } wanted && !IsFree(wanted))
            throw new OptionException($"--port {wanted} is taken on 127.0.0.1; leave the option out for a free one.");
        var master = new DemoMaster(Directory.CreateTempSubdirectory("haactors-demo-"), options.Verbose);
        try
        {
            await master.StartAsync(options, port, ports, stopping).ConfigureAwait(false);
            return master;
        }
        catch
        {
            await master.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // When its logger has gone an actor system writes the rest past it, to the console.
        var console = Console.Out;
        if (!_verbose) Console.SetOut(TextWriter.Null);
        try
        {
            await StopAsync().ConfigureAwait(false);
        }
        finally
        {
            Console.SetOut(console);
            DeleteFolder();
        }
    }

    private async Task StopAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        try
        {
            using var limit = new CancellationTokenSource(StopLimit);
            await app.StopAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Its folder goes anyway, and so does the process.
        }

        await app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StartAsync(DemoOptions options, int port, Action<IServiceCollection> ports, CancellationToken stopping)
    {
        _app = await MasterHost.BuildAsync(Settings(options, port), services => Adapt(services, options, ports), token => Token = token, stopping).ConfigureAwait(false);
        await _app.StartAsync(stopping).ConfigureAwait(false);
        Url = new Uri(_app.Urls.First());
    }

    /// <summary>Empty values stand against what the environment may hold for another master on this machine.</summary>
    private string[] Settings(DemoOptions options, int port) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"--Urls=http://127.0.0.1:{port}"),
        $"--HaActors:DataDirectory={_folder.FullName}",
        "--HaActors:Storage:Provider=sqlite",
        "--HaActors:Storage:ConnectionString=",
        "--HaActors:Auth:AdminToken=",
        "--HaActors:Cluster:Hostname=127.0.0.1",
        "--HaActors:Cluster:Port=0",
        "--HaActors:Cluster:SeedNodes=",
        $"--HaActors:Monitor:TickInterval={options.Tick:c}",
        $"--HaActors:Monitor:ProbeTimeout={options.ProbeTimeout:c}",
        "--HaActors:Gate:QuietPeriod=00:00:05",
    ];

    private static void Adapt(IServiceCollection services, DemoOptions options, Action<IServiceCollection> ports)
    {
        ports(services);
        // Ctrl-C is the demo's: it still has a table to tell while the master runs.
        services.AddSingleton<IHostLifetime, NoSignals>();
        if (!options.Verbose) services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
    }

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void DeleteFolder()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (IOException)
        {
            // A log file that is still open on Windows; the system's own clean-up of temporary files takes it.
        }
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
