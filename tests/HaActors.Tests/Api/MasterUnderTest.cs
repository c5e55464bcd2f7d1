using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HaActors.Api;
using HaActors.Domain;
using HaActors.Domain.EventLog;
using HaActors.Domain.Ports;
using HaActors.Master;
using HaActors.Master.Fleet;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HaActors.Tests.Api;

/// <summary>The real HTTP stack of a master on a free port of 127.0.0.1, over a real SQLite file; only the actors are a <see cref="FakeFleet"/>.</summary>
internal sealed class MasterUnderTest : IAsyncDisposable
{
    internal const string Token = "token-of-the-tests-0123456789";

    private readonly WebApplication _app;
    private readonly TempFolder? _mine;

    private MasterUnderTest(WebApplication app, TempFolder folder, bool mine, FakeFleet fleet, string? shown)
    {
        _app = app;
        _mine = mine ? folder : null;
        Folder = folder.Path;
        Fleet = fleet;
        Shown = shown;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        Client = new HaActorsClient(Http, Token, "ann");
    }

    internal FakeFleet Fleet { get; }

    internal HttpClient Http { get; }

    internal HaActorsClient Client { get; }

    /// <summary>A token that was made at the start.</summary>
    internal string? Shown { get; }

    internal string Folder { get; }

    internal static async Task<MasterUnderTest> StartAsync(string? token = Token, TempFolder? folder = null)
    {
        var mine = folder is null;
        folder ??= new TempFolder();
        var fleet = new FakeFleet();
        string? shown = null;
        List<string> args = ["--Urls", "http://127.0.0.1:0", "--HaActors:DataDirectory", folder.Path];
        if (token is not null)
            args.AddRange(["--HaActors:Auth:AdminToken", token]);
        var app = await MasterHost.BuildAsync([.. args], services => services.AddSingleton<IFleet>(fleet), made => shown = made, withActors: false, CancellationToken.None);
        await app.StartAsync();
        return new(app, folder, mine, fleet, shown);
    }

    internal async Task RegisterAsync(params string[] hypervisors)
    {
        await Client.CreateLocationAsync(new() { Id = "dc1", Name = "DC 1", HaEnabled = true });
        foreach (var id in hypervisors)
            await Client.CreateHypervisorAsync(Body(id));
    }

    internal static HypervisorBody Body(string id) => new()
    {
        Id = id,
        LocationId = "dc1",
        Address = $"{id}.example",
        Agent = new() { Url = $"http://{id}.example:8081", Token = "agent-secret" },
        Ipmi = new() { Host = $"{id}-bmc.example", Username = "admin", Password = "bmc-secret", CipherSuite = 3 },
    };

    internal async Task AppendAsync(params LogEntry[] entries)
    {
        var log = _app.Services.GetRequiredService<IEventLog>();
        await log.AppendAsync([.. entries], await log.ReadOffsetAsync(default) + 1, default);
    }

    internal async Task TellChangesAsync() => await _app.Services.GetRequiredService<IEventLog>().AppendInventoryChangesAsync(default);

    internal async Task ReportAsync(string hypervisor, params ReportedInstance[] instances) =>
        await _app.Services.GetRequiredService<IInventory>().SaveReportAsync(new(hypervisor), new InstanceReport("uuid-1", "boot-1", "v1", [.. instances]), FakeFleet.T0, default);

    internal static LogEntry Entry(string type, string hypervisor, string? incident = null, string? instance = null, int minute = 0, params (string, string)[] data) => new(
        FakeFleet.T0.AddMinutes(minute), type, new("dc1"), new(hypervisor), instance is null ? null : new InstanceId(instance), incident is null ? null : new IncidentId(incident),
        $"{type} of {hypervisor}.", data.ToImmutableSorted());

    /// <summary>A request as it is; the answer with its body as JSON (an empty body is undefined).</summary>
    internal async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(
        string method, string path, string? body = null, string? contentType = "application/json", Action<HttpRequestMessage>? also = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (contentType is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        also?.Invoke(request);
        var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }

    internal Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _mine?.Dispose();
    }
}

/// <summary>A folder that goes with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("haactors-api-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class DataOf
{
    internal static System.Collections.Immutable.ImmutableSortedDictionary<string, string> ToImmutableSorted(this IEnumerable<(string Key, string Value)> data) =>
        System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, data.Select(d => KeyValuePair.Create(d.Key, d.Value)));
}
