using HaActors.Agent.Hook;
using HaActors.Agent.Hosts;
using HaActors.Agent.Http;
using HaActors.Agent.Instances;
using HaActors.Agent.Libvirt;
using HaActors.Agent.Shutdown;
using HaActors.Agent.State;
using Serilog;
using Serilog.Events;

namespace HaActors.Agent;

/// <summary>The wiring, the same for the executable and for tests.</summary>
internal static class AgentHost
{
    /// <summary>Longest body: a definition, or the floors of a large fleet.</summary>
    private const long MostBytes = 8 << 20;

    /// <exception cref="BadSettingException">A setting is wrong.</exception>
    /// <exception cref="IOException">The state directory cannot be used.</exception>
    internal static WebApplication Build(string[] args, Action<WebApplicationBuilder>? change = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ApplicationName = "haagent" });
        builder.Services.AddSerilog(log => log
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)    // a failed start is told in one line
            .WriteTo.Console(formatProvider: System.Globalization.CultureInfo.InvariantCulture));
        if (string.IsNullOrEmpty(builder.Configuration["Urls"])) builder.WebHost.UseUrls("http://0.0.0.0:8081");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MostBytes;
            kestrel.AddServerHeader = false;
        });
        change?.Invoke(builder);

        var options = AgentOptions.Read(builder.Configuration);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        var store = new StateStore(options.StateDirectory);
        builder.Services.AddSingleton(_ => store);    // by a factory, so that the container disposes it
        if (builder.Services.All(s => s.ServiceType != typeof(IHostFacts))) builder.Services.AddSingleton<IHostFacts>(Facts(options));
        builder.Services.AddSingleton(_ => new LibvirtPool(options.LibvirtUri));
        builder.Services.AddSingleton<InstanceLocks>().AddSingleton<Datastores>().AddSingleton<InstanceWatch>().AddSingleton<DiskSizes>();
        builder.Services.AddSingleton<Room>().AddSingleton<Runner>().AddSingleton<Ender>().AddSingleton<OptIn>().AddSingleton<Operations>();
        builder.Services.AddSingleton<HookInstaller>().AddSingleton<InstanceReport>().AddSingleton<HostReport>().AddSingleton<TokenGate>();
        if (builder.Services.All(s => s.ServiceType != typeof(IMachineState))) builder.Services.AddSingleton<IMachineState>(_ => new SystemdState());
        builder.Services.AddSingleton<Farewell>().AddHostedService(s => s.GetRequiredService<Farewell>());
        // The farewell may take longer than the 30 s that a host gives its services by default.
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = Farewell.AtMost + TimeSpan.FromSeconds(10));
        builder.Services.AddHostedService<Watchman>();

        var app = builder.Build();
        app.Use((context, next) => Problems.CatchAsync(context, next, app.Logger));
        app.Use((context, next) => context.RequestServices.GetRequiredService<TokenGate>().InvokeAsync(context, next));
        app.Use((context, next) => Leaving.InvokeAsync(context, next));
        app.MapAgent();
        return app;
    }

    private static ProcHostFacts Facts(AgentOptions options)
    {
        try
        {
            return new ProcHostFacts(options.BootIdPath);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BadSettingException($"HaAgent:BootIdPath: {options.BootIdPath} cannot be read: {failure.Message}");
        }
    }
}
