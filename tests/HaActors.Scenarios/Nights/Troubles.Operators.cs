namespace HaActors.Scenarios.Nights;

/// <content>What operators do in a night beyond the ordinary, and what only some fleets have: power strips, webhooks, witnesses.</content>
internal sealed partial class Troubles
{
    /// <summary>A trouble of something that this fleet has a line of.</summary>
    private IEnumerable<(int, Action<TimeSpan>)> WhereThere(string line, (int, Action<TimeSpan>) trouble) =>
        _fleet.Any(l => l.StartsWith(line, StringComparison.Ordinal)) ? [trouble] : [];

    private void OrderlyEnd(TimeSpan at)
    {
        var host = Host;
        var reboot = _dice.Chance(60);
        At(at, $"orderly {(reboot ? "reboot" : "shutdown")} {host}");
        if (!reboot && _dice.Chance(70)) At(Later(at, 90, 1200), $"power on {host}");
    }

    private void CancelIncident(TimeSpan at) => AtMoment(at, $"cancel {Host}-{_dice.Pick(["1", "1", "1", "2"])} by anna because \"it is repaired soon\"");

    private void Retry(TimeSpan at) => AtMoment(at, $"retry {Vm} by anna because \"room was made\"");

    private void Release(TimeSpan at) => At(at, $"release {Host} by anna because \"the cable is new\"");

    private void StormOverride(TimeSpan at) => AtMoment(at, $"storm-override dc1 for {_dice.Pick(["2m", "10m"])} by anna because \"the rack is really dead\"");

    private void OrderPowerOn(TimeSpan at) => AtMoment(at, $"power-on {Host} by anna because \"repaired\"");

    private void ReplaceBmc(TimeSpan at)
    {
        if (WithBmc is not { } host) return;
        At(at, $"replace bmc {host}");
        if (_dice.Chance(70)) At(Later(at, 60, 900), $"accept-devices {host} by anna because \"new board\"");
    }

    private void UpgradeAgent(TimeSpan at) => At(at, $"upgrade agent {Host} to 1.1.0");

    private void Observe(TimeSpan at) => ForAWhile(at, "location observe on", "location observe off", 60, 900);

    private void Receiver(TimeSpan at)
    {
        if (_dice.Chance(25)) At(at, $"kill master at next webhook call start it {_dice.Pick(["1s", "5s", "30s"])} later");
        else ForAWhile(at, $"webhook receiver pager {_dice.Pick(["away", "hangs", "loses its answers", "answers 500"])}", "webhook receiver pager back", 20, 1200);
    }

    private void Outlet(TimeSpan at)
    {
        var line = _dice.Pick(_fleet.Where(l => l.StartsWith("devices ", StringComparison.Ordinal)).ToList()).Split(' ');
        var strip = _dice.Pick(line.Where(w => w.StartsWith("strip-", StringComparison.Ordinal)).ToList());
        if (_dice.Chance(30)) ForAWhile(at, $"strip {strip} off the network", $"strip {strip} on the network", 60, 1200);
        else ForAWhile(at, $"outlet of {line[1]} at {strip} {_dice.Pick(["lies", "hangs", "refuses commands"])}", $"outlet of {line[1]} at {strip} ok", 60, 1200);
    }

    private void WitnessAway(TimeSpan at)
    {
        var witness = _dice.Pick(["gw1", "gw2"]);
        ForAWhile(at, $"witness {witness} away", $"witness {witness} back", 60, 900);
    }
}
