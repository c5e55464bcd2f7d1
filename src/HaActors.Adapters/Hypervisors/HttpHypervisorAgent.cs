using System.Collections.Immutable;
using System.Text.Json;
using HaActors.AgentApi;
using HaActors.Domain;
using HaActors.Domain.Inventory;
using HaActors.Domain.Ports;

namespace HaActors.Adapters.Hypervisors;

/// <summary>The agent of a hypervisor over HTTP. Serves any number of agents at once; keeps nothing between calls.</summary>
public sealed class HttpHypervisorAgent(AgentOptions options, TimeProvider time) : IHypervisorAgent
{
    private const int SmallAnswer = 1024 * 1024;

    /// <summary>A thousand instances with definitions of 30 KiB each.</summary>
    private const int ListAnswer = 32 * 1024 * 1024;

    private readonly AgentCall _call = new(time);

    public Task<AgentResult<HostFacts>> HostAsync(AgentEndpoint agent, CancellationToken stopping) =>
        _call.SendAsync(agent, HttpMethod.Get, AgentPaths.Host, null, options.ReadDeadline, SmallAnswer, AnswerReading.Host, stopping);

    public Task<AgentResult<InstanceReport>> InstancesAsync(AgentEndpoint agent, CancellationToken stopping) =>
        _call.SendAsync(agent, HttpMethod.Get, AgentPaths.Instances, null, options.ReadDeadline, ListAnswer, AnswerReading.Instances, stopping);

    public Task<AgentResult<RunReport>> RunAsync(AgentEndpoint agent, InstanceId instance, string definition, long epoch, CancellationToken stopping) =>
        _call.SendAsync(
            agent, HttpMethod.Put, AgentPaths.Run(Segment(instance.Value)), Json(new RunRequest(definition, epoch)), options.RunDeadline, SmallAnswer,
            body => AnswerReading.Run(body, instance, epoch), stopping);

    public Task<AgentResult<CancelReport>> CancelAsync(AgentEndpoint agent, InstanceId instance, long epoch, CancellationToken stopping) =>
        _call.SendAsync(
            agent, HttpMethod.Post, AgentPaths.Cancel(Segment(instance.Value)), Json(new EpochRequest(epoch)), options.ChangeDeadline, SmallAnswer,
            body => AnswerReading.Cancel(body, epoch), stopping);

    public Task<AgentResult<Done>> ForgetAsync(AgentEndpoint agent, InstanceId instance, CancellationToken stopping) =>
        ChangeAsync(agent, HttpMethod.Delete, AgentPaths.Instance(Segment(instance.Value)), null, stopping);

    public Task<AgentResult<Done>> SetManagedAsync(AgentEndpoint agent, InstanceId instance, bool managed, bool mayStart, CancellationToken stopping) =>
        ChangeAsync(agent, HttpMethod.Put, AgentPaths.Managed(Segment(instance.Value)), Json(new ManagedRequest(managed, mayStart)), stopping);

    public Task<AgentResult<Done>> SetEpochFloorsAsync(AgentEndpoint agent, string bootId, ImmutableDictionary<InstanceId, long> floors, CancellationToken stopping) =>
        ChangeAsync(
            agent, HttpMethod.Put, AgentPaths.Epochs, Json(new EpochFloors(bootId, floors.ToDictionary(f => f.Key.Value, f => f.Value))), stopping);

    public Task<AgentResult<Done>> ClearAsync(AgentEndpoint agent, string bootId, CancellationToken stopping) =>
        ChangeAsync(agent, HttpMethod.Post, AgentPaths.Clear, Json(new ClearRequest(bootId)), stopping);

    public Task<AgentResult<Done>> WriteNonceAsync(AgentEndpoint agent, DatastoreId datastore, string nonce, CancellationToken stopping) =>
        ChangeAsync(agent, HttpMethod.Put, AgentPaths.Nonce(Segment(datastore.Value)), Json(new NonceRequest(nonce)), stopping);

    private Task<AgentResult<Done>> ChangeAsync(AgentEndpoint agent, HttpMethod method, string path, byte[]? body, CancellationToken stopping) =>
        _call.SendAsync(agent, method, path, body, options.ChangeDeadline, SmallAnswer, _ => Done.Instance, stopping);

    private static string Segment(string id) => Uri.EscapeDataString(id);

    private static byte[] Json<T>(T body) => JsonSerializer.SerializeToUtf8Bytes(body, typeof(T), AgentJson.Default);
}
