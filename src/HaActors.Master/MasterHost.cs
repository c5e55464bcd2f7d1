using Akka.Actor;
using HaActors.Adapters;
using HaActors.Adapters.Fencing;
using HaActors.Adapters.Hypervisors;
using HaActors.Adapters.Notifications;
using HaActors.Adapters.Probing;
using HaActors.Domain.Ports;
using HaActors.Master.Hosting;
using HaActors.Master.Http;
using HaActors.Master.Settings;
using HaActors.Storage;
using HaActors.Storage.EventLog;
using HaActors.Storage.Inventory;
using HaActors.Storage.Webhooks;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HaActors.Master;

/// <summary>Builds a master: the executable, the demo and the tests start this very one.</summary>
public static class MasterHost
{
    /// <summary>
    /// Reads the settings, opens the database and wires everything; starting it is the caller's. Throws <see cref="SettingsException"/>,
    /// <see cref="AddressException"/> or <see cref="StorageStartException"/> with one line for the operator. Dispose what it returns: that closes the database.
    /// </summary>
    /// <param name="args">Settings as <c>--HaActors:Key value</c> or <c>--HaActors:Key=value</c>.</param>
    /// <param name="overridePorts">Replaces ports (probe, power switch, agent) or the clock after the real ones are registered.</param>
    /// <param name="show">Gets a newly made administrator's token; the console if null.</param>
    public static Task<WebApplication> BuildAsync(
        string[] args, Action<IServiceCollection>? overridePorts = null, Action<string>? show = null, CancellationToken stopping = default) =>
        BuildAsync(args, overridePorts, show, withActors: true, stopping);

    internal static async Task<WebApplication> BuildAsync(
        string[] args, Action<IServiceCollection>? overridePorts, Action<string>? show, bool withActors, CancellationToken stopping)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "haactors", ContentRootPath = AppContext.BaseDirectory });
        AddConfiguration(builder.Configuration, args);
        var settings = MasterSettings.Read(builder.Configuration);
        Addresses.Check(settings, withActors);
        var database = await Database.OpenAsync(settings.Storage, TimeProvider.System, stopping).ConfigureAwait(false);
        try
        {
            var keys = new KeyRing(settings.DataDirectory);
            var store = new Storage.Settings(database);
            await keys.CheckAsync(store, stopping).ConfigureAwait(false);
            var token = await AdminToken.LoadAsync(settings.AdminToken, store, show ?? ShowOnConsole, stopping).ConfigureAwait(false);

            builder.WebHost.UseKestrel(ConfigureKestrel);
            builder.Services.AddRouting();
            builder.Services.AddLogs(settings);
            builder.Services.AddSingleton(settings).AddSingleton(token).AddSingleton(TimeProvider.System);
            AddStorage(builder.Services, database, keys, store);
            AddPorts(builder.Services, settings);
            builder.Services.AddContract();
            builder.Services.AddHealthChecks().AddCheck<MonitorCheck>("monitor", tags: [Health.ReadyTag]);
            if (withActors)
                builder.Services.AddActors();
            overridePorts?.Invoke(builder.Services);
            return Wire(builder.Build(), settings);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static WebApplication Wire(WebApplication app, MasterSettings settings)
    {
        // Made by the container, so ended by it: after everybody that uses it.
        app.Services.GetRequiredService<Database>();
        foreach (var url in settings.Urls)
            app.Urls.Add(url);
        StartChecks.Warn(settings, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("HaActors.Start"));
        app.UseRequestLog();
        app.UseProblems();
        app.UseTokenGate();
        app.UseRouting();
        app.MapApi();
        return app;
    }

    /// <summary>Later sources win. No file is watched: a setting is read once, at start.</summary>
    private static void AddConfiguration(IConfigurationManager configuration, string[] args)
    {
        var files = new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() }.Select(d => Path.GetFullPath(Path.Combine(d, "appsettings.json"))).Distinct(StringComparer.Ordinal);
        try
        {
            foreach (var file in files)
                configuration.AddJsonFile(file, optional: true, reloadOnChange: false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"appsettings.json can't be read: {e.Message} {e.InnerException?.Message}".TrimEnd());
        }

        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine(args);
    }

    private static void ConfigureKestrel(WebHostBuilderContext context, KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        kestrel.Configure(context.Configuration.GetSection("Kestrel"));
    }

    private static void AddStorage(IServiceCollection services, Database database, KeyRing keys, Storage.Settings store)
    {
        services.AddSingleton(_ => database);
        services.AddSingleton(store).AddSingleton<ISecretProtector>(keys);
        services.AddSingleton<InventoryStore>().AddSingleton<EventLogReader>();
        services.AddSingleton<IInventory, SqlInventory>().AddSingleton<IEventLog, SqlEventLog>().AddSingleton<IWebhookStore, SqlWebhooks>();
    }

    private static void AddPorts(IServiceCollection services, MasterSettings settings)
    {
        services.AddSingleton<IHypervisorProbe>(s => new HypervisorProbe(new ProbeOptions { ProbeTimeout = settings.Monitor.ProbeTimeout }, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IWitnessProbe>(s => new WitnessProbe(new ProbeOptions { ProbeTimeout = settings.Monitor.ProbeTimeout }, s.GetRequiredService<TimeProvider>()));
        // A reading's age is judged on the actors' clock, so it is taken from the same one.
        services.AddSingleton<IPowerSwitch>(s => new PowerSwitch(
            new IpmiOptions { Tool = settings.Ipmi.Tool, CallTimeout = settings.Ipmi.CallTimeout },
            new FencingOptions { CallTimeout = settings.Fencing.CallTimeout, AgentDirectories = settings.Fencing.AgentDirectories }, s.GetRequiredService<TimeProvider>(),
            () => s.GetRequiredService<ActorSystem>().Scheduler.MonotonicClock));
        services.AddSingleton<IWebhookSender>(s => new HttpWebhookSender(
            new WebhookOptions { Installation = settings.Webhooks.Installation, Timeout = settings.Webhooks.Timeout }, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IHypervisorAgent>(s => new HttpHypervisorAgent(
            new AgentOptions { ReadDeadline = settings.Agent.ReadDeadline, RunDeadline = settings.Agent.RunDeadline, ChangeDeadline = settings.Agent.ChangeDeadline },
            s.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Past the log on purpose: files and journals keep what they are given.</summary>
    private static void ShowOnConsole(string token)
    {
        Console.WriteLine();
        Console.WriteLine("The administrator's token, shown this once:");
        Console.WriteLine();
        Console.WriteLine("    " + token);
        Console.WriteLine();
        Console.WriteLine("Use it as 'Authorization: Bearer …'. To replace a lost one, set HaActors:Auth:AdminToken.");
        Console.WriteLine();
    }
}
