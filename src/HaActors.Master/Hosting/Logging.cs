using System.Globalization;
using HaActors.Master.Settings;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace HaActors.Master.Hosting;

/// <summary>A readable console for people, compact JSON in files for machines.</summary>
internal static class Logging
{
    private const int MaxFileBytes = 50 * 1024 * 1024;

    internal static void AddLogs(this IServiceCollection services, MasterSettings settings) => services.AddSerilog((_, log) => log
        .MinimumLevel.Information()
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
        .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
        .Enrich.FromLogContext()
        .WriteTo.Console(outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}", formatProvider: CultureInfo.InvariantCulture)
        .WriteTo.File(
            new CompactJsonFormatter(), Path.Combine(settings.DataDirectory, "logs", "haactors-.json"), rollingInterval: RollingInterval.Day,
            fileSizeLimitBytes: MaxFileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: 31));

    /// <summary>One line for each change and each failure; reads only at debug level. Never a query, a header or a body.</summary>
    internal static void UseRequestLog(this WebApplication app) => app.UseSerilogRequestLogging(options =>
    {
        options.MessageTemplate = "{RequestMethod} {RequestPath} {StatusCode} in {Elapsed:0} ms";
        options.GetLevel = (http, _, failure) =>
            failure is not null || http.Response.StatusCode >= 500 ? LogEventLevel.Warning
            : HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) ? LogEventLevel.Debug
            : LogEventLevel.Information;
    });
}
