using HaActors.Api;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace HaActors.Master.Http;

/// <summary>What the generator can't see by itself: bodies that are read by hand, the query of the log, the token.</summary>
internal static class OpenApi
{
    internal static void AddContract(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Apply(options.SerializerOptions));
        services.AddOpenApi("v1", options =>
        {
            options.AddOperationTransformer(TakeAsync);
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new() { Title = "HaActors", Version = "v1", Description = "High availability for instances on a fleet of hypervisors." };
                document.Servers?.Clear();
                document.Components ??= new();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" };
                document.Security = [new() { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
                return Task.CompletedTask;
            });
        });
    }

    private static async Task TakeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken stopping)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Endpoints.Taken>().FirstOrDefault() is { } taken)
        {
            var schema = await context.GetOrCreateSchemaAsync(taken.Type, null, stopping).ConfigureAwait(false);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = !taken.Optional,
                Content = new Dictionary<string, OpenApiMediaType> { [taken.ContentType] = new() { Schema = schema } },
            };
        }

        if (context.Description.RelativePath is not ("api/v1/events" or "api/v1/events/stream"))
            return;
        operation.Parameters ??= [];
        foreach (var name in new[] { "type", "location", "hypervisor", "instance", "incident", "since", "until", "after", "limit" })
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Schema = new OpenApiSchema { Type = name is "after" or "limit" ? JsonSchemaType.Integer : JsonSchemaType.String },
            });
        }
    }
}
