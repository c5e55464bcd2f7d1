using HaActors.Agent;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
