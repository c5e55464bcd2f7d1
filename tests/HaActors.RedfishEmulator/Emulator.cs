using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HaActors.RedfishEmulator;

/// <summary>A BMC that speaks as much Redfish as is needed to read and switch power, and that can lie, hang, refuse and die.</summary>
/// <remarks>
/// Moods, in the file <c>mode</c>: <c>ok</c>; <c>lie</c> says done and does nothing; <c>liestatus</c> does nothing and says Off; <c>late S</c> does it S seconds later; <c>slow S</c> answers
/// each request S seconds later; <c>hang</c> answers nothing; <c>failget</c> has no power state to tell; <c>failset</c> refuses the order; <c>die</c> falls silent at the order; <c>dieset</c> does
/// it and falls silent before the answer; <c>conflict</c> refuses an order that would change nothing (409); <c>poweringoff</c> takes the order and stays on its way; <c>unknown</c> tells a PowerState that is none.
/// </remarks>
public sealed class Emulator : IAsyncDisposable
{
    private const string Service = "/redfish/v1";
    private readonly WebApplication _app;
    private readonly EmulatorOptions _options;
    private readonly IMains _mains;
    private readonly HashSet<string> _tokens = [];
    private readonly Lock _gate = new();
    private volatile bool _dead;
    private volatile bool _poweringOff;

    private Emulator(WebApplication app, EmulatorOptions options, IMains mains, string? fingerprint)
    {
        (_app, _options, _mains, Fingerprint) = (app, options, mains, fingerprint);
        app.Run(AnswerAsync);
    }

    public Uri Url => new(_app.Urls.Single());

    /// <summary>SHA-256 of its certificate; null without TLS.</summary>
    public string? Fingerprint { get; }

    /// <summary>Sessions that nobody has ended.</summary>
    public int OpenSessions
    {
        get
        {
            lock (_gate) return _tokens.Count;
        }
    }

    public static async Task<Emulator> StartAsync(EmulatorOptions options, IMains mains)
    {
        ArgumentNullException.ThrowIfNull(options);
        Directory.CreateDirectory(options.Folder);
        var certificate = options.Tls ? Certificate(options.Folder) : null;
        var endpoint = IPEndPoint.Parse(options.Listen);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endpoint, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var emulator = new Emulator(builder.Build(), options, mains, certificate is null ? null : Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)));
        await emulator._app.StartAsync().ConfigureAwait(false);
        if (emulator.Fingerprint is { } fingerprint) await File.WriteAllTextAsync(Path.Combine(options.Folder, "fingerprint"), fingerprint + "\n").ConfigureAwait(false);
        return emulator;
    }

    public Task WaitAsync() => _app.WaitForShutdownAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var mood = Mood.Of(_options.Folder);
        var ended = context.RequestAborted;
        var order = context.Request.Method == HttpMethods.Post && context.Request.Path.Value!.EndsWith("/Actions/ComputerSystem.Reset", StringComparison.Ordinal);
        Note($"{context.Request.Method} {context.Request.Path} [{mood.Name}]");
        if (_dead || mood.Name == "hang") await Task.Delay(Timeout.InfiniteTimeSpan, ended).ConfigureAwait(false);
        if (mood.Name == "slow") await Task.Delay(mood.After, ended).ConfigureAwait(false);

        var path = context.Request.Path.Value!.TrimEnd('/');
        if (path == $"{Service}/SessionService/Sessions" && context.Request.Method == HttpMethods.Post)
        {
            await LogInAsync(context).ConfigureAwait(false);
            return;
        }

        if (!IsLetIn(context.Request))
        {
            if (_options.Basic) context.Response.Headers.WWWAuthenticate = "Basic realm=\"bmc\"";
            await ErrorAsync(context, 401, "The user or the password is wrong.").ConfigureAwait(false);
        }
        else if (order)
        {
            await OrderAsync(context, mood, path).ConfigureAwait(false);
        }
        else if (context.Request.Method == HttpMethods.Delete && path.StartsWith($"{Service}/SessionService/Sessions/", StringComparison.Ordinal))
        {
            lock (_gate) _tokens.Remove(path.Split('/')[^1]);
            context.Response.StatusCode = 204;
        }
        else if (path == $"{Service}/Systems")
        {
            var members = new JsonArray([.. _options.Systems.Select(id => new JsonObject { ["@odata.id"] = $"{Service}/Systems/{id}" })]);
            await SayAsync(context, 200, new JsonObject { ["@odata.id"] = path, ["Members@odata.count"] = members.Count, ["Members"] = members }).ConfigureAwait(false);
        }
        else if (_options.Systems.FirstOrDefault(id => path == $"{Service}/Systems/{id}") is { } system)
        {
            await SayAsync(context, 200, System(system, mood)).ConfigureAwait(false);
        }
        else
        {
            await ErrorAsync(context, 404, $"There is no resource {path}.").ConfigureAwait(false);
        }
    }

    private JsonObject System(string id, Mood mood)
    {
        var uuid = Path.Combine(_options.Folder, "uuid");
        var system = new JsonObject
        {
            ["@odata.id"] = $"{Service}/Systems/{id}",
            ["Id"] = id,
            ["UUID"] = File.Exists(uuid) ? File.ReadAllText(uuid).Trim() : _options.Uuid,
            ["Actions"] = new JsonObject
            {
                ["#ComputerSystem.Reset"] = new JsonObject
                {
                    ["target"] = $"{Service}/Systems/{id}/Actions/ComputerSystem.Reset",
                    ["ResetType@Redfish.AllowableValues"] = new JsonArray("On", "ForceOff", "GracefulShutdown", "ForceRestart"),
                },
            },
        };
        if (mood.Name != "failget") system["PowerState"] = PowerState(mood);
        return system;
    }

    private string PowerState(Mood mood) => mood.Name switch
    {
        "liestatus" => "Off",
        "unknown" => "Unknown",
        "poweringoff" when _poweringOff => "PoweringOff",
        _ => _mains.IsOn ? "On" : "Off",
    };

    private async Task OrderAsync(HttpContext context, Mood mood, string path)
    {
        var body = await JsonNode.ParseAsync(context.Request.Body).ConfigureAwait(false);
        var type = body?["ResetType"]?.GetValue<string>();
        Note($"Reset {type} [{mood.Name}]");
        if (type is not ("On" or "ForceOff") || path != $"{Service}/Systems/{_options.Systems[0]}/Actions/ComputerSystem.Reset")
        {
            await ErrorAsync(context, 400, $"The value {type} for the property ResetType is not in the list of acceptable values.").ConfigureAwait(false);
            return;
        }

        var on = type == "On";
        switch (mood.Name)
        {
            case "failset":
                await ErrorAsync(context, 503, "The service is not able to do that now.").ConfigureAwait(false);
                return;
            case "conflict" when on == _mains.IsOn:
                await ErrorAsync(context, 409, $"The system is {(on ? "on" : "off")} already.").ConfigureAwait(false);
                return;
            case "die":
                _dead = true;
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(false);
                return;
            case "dieset":
                _mains.Set(on);
                _dead = true;
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(false);
                return;
            case "late":
                _ = LaterAsync(mood.After, on);
                break;
            case "poweringoff":
                _poweringOff = !on;
                break;
            case "lie" or "liestatus":
                break;
            default:
                _mains.Set(on);
                break;
        }

        context.Response.StatusCode = 204;
    }

    private async Task LaterAsync(TimeSpan after, bool on)
    {
        await Task.Delay(after).ConfigureAwait(false);
        _mains.Set(on);
    }

    private async Task LogInAsync(HttpContext context)
    {
        var body = await JsonNode.ParseAsync(context.Request.Body).ConfigureAwait(false);
        if (body?["UserName"]?.GetValue<string>() != _options.Username || body?["Password"]?.GetValue<string>() != _options.Password)
        {
            await ErrorAsync(context, 401, "The user or the password is wrong.").ConfigureAwait(false);
            return;
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        lock (_gate) _tokens.Add(token);
        context.Response.Headers["X-Auth-Token"] = token;
        context.Response.Headers.Location = $"{Service}/SessionService/Sessions/{token}";
        await SayAsync(context, 201, new JsonObject { ["Id"] = token }).ConfigureAwait(false);
    }

    private bool IsLetIn(HttpRequest request)
    {
        if (request.Headers["X-Auth-Token"].ToString() is { Length: > 0 } token)
        {
            lock (_gate) return _tokens.Contains(token);
        }

        return _options.Basic && request.Headers.Authorization.ToString() == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.Username}:{_options.Password}"));
    }

    private void Note(string what)
    {
        lock (_gate) File.AppendAllText(Path.Combine(_options.Folder, "commands.log"), string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0:F3} {what}\n"));
    }

    private static Task ErrorAsync(HttpContext context, int status, string message) => SayAsync(context, status, new JsonObject
    {
        ["error"] = new JsonObject { ["code"] = "Base.1.0.GeneralError", ["message"] = message, ["@Message.ExtendedInfo"] = new JsonArray(new JsonObject { ["Message"] = message }) },
    });

    private static async Task SayAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body)).ConfigureAwait(false);
    }

    /// <summary>Made once and kept, as a BMC does; nobody has signed it but itself.</summary>
    private static X509Certificate2 Certificate(string folder)
    {
        var file = Path.Combine(folder, "certificate.pfx");
        if (!File.Exists(file))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=bmc", key, HashAlgorithmName.SHA256);
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(10));
            File.WriteAllBytes(file, made.Export(X509ContentType.Pfx));
        }

        return X509CertificateLoader.LoadPkcs12FromFile(file, null);
    }
}
