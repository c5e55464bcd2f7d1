using System.Globalization;
using Spectre.Console;

namespace HaActors.Demo;

/// <summary>Who says it.</summary>
internal enum Voice
{
    /// <summary>The demo itself.</summary>
    Demo,
    /// <summary>What really happens, which no master can know.</summary>
    World,
    /// <summary>What the master's probes find.</summary>
    Sees,
    /// <summary>The master's event log.</summary>
    Log,
}

/// <summary>The lines in the terminal, one at a time, with the time since the fleet is watched. Plain text where there is no terminal.</summary>
internal sealed class Story
{
    /// <summary>What is piped to a file is not cut to the width of a terminal that isn't there.</summary>
    private const int WidthWithoutTerminal = 220;

    private readonly IAnsiConsole _console;
    private readonly Lock _gate = new();
    private IReadOnlyDictionary<string, string> _names = new Dictionary<string, string>();
    private DateTimeOffset? _zero;

    internal Story(IAnsiConsole console)
    {
        _console = console;
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = WidthWithoutTerminal;
    }

    /// <summary>Time since <see cref="Begin"/>; negative never, zero before.</summary>
    internal TimeSpan Now => _zero is { } zero ? DateTimeOffset.UtcNow - zero : TimeSpan.Zero;

    /// <summary>From now on times are told.</summary>
    internal void Begin() => _zero = DateTimeOffset.UtcNow;

    /// <summary>From now on an instance's id is read as its name.</summary>
    internal void CallInstances(IReadOnlyDictionary<string, string> names) => _names = names;

    internal string Named(string text)
    {
        foreach (var (id, name) in _names)
            text = text.Replace(id, name, StringComparison.OrdinalIgnoreCase);
        return text;
    }

    internal void Tell(Voice voice, string text, string? kind = null)
    {
        var (label, colour) = voice switch
        {
            Voice.World => ("world", "yellow"),
            Voice.Sees => ("sees ", "blue"),
            Voice.Log => ("log  ", "green"),
            _ => ("demo ", "grey"),
        };
        var time = _zero is null ? "        " : string.Create(CultureInfo.InvariantCulture, $"{Now.TotalSeconds,6:0.0} s");
        var what = kind is null ? "" : $"[bold]{Markup.Escape(kind.PadRight(18))}[/] ";
        lock (_gate) _console.MarkupLine($"[grey]{time}[/] [{colour}]{label}[/] {what}{Markup.Escape(Named(text))}");
    }

    internal void Plain(string text = "")
    {
        lock (_gate) _console.WriteLine(text);
    }

    internal void Show(Spectre.Console.Rendering.IRenderable what)
    {
        lock (_gate)
        {
            _console.WriteLine();
            _console.Write(what);
            _console.WriteLine();
        }
    }

    /// <summary>A plain table, readable in a file.</summary>
    internal static Table Table(string title, params string[] columns)
    {
        var table = new Table { Title = new TableTitle(Markup.Escape(title)), Border = TableBorder.Simple };
        foreach (var column in columns) table.AddColumn(Markup.Escape(column));
        return table;
    }
}
