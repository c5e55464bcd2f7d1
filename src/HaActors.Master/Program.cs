using HaActors.Master;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
