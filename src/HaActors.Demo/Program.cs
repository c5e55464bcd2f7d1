using HaActors.Demo;
using Spectre.Console;

return await DemoCommand.RunAsync(args, AnsiConsole.Console, Console.Error).ConfigureAwait(false);
