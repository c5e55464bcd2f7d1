using System.Globalization;

namespace HaActors.Scenarios.Nights;

/// <content>Troubles that are harmless alone and come together in the nights that such systems failed in.</content>
internal sealed partial class Troubles
{
    /// <summary>A host that lives on unheard, and a BMC that takes the off and stays on, or reads off once in the middle of the attempt.</summary>
    private void Deceived(TimeSpan at)
    {
        if (WithBmc is not { } host) return;
        var (begin, end) = _dice.Chance(60) ? ("cut", "plug") : ("hang", "unhang");
        At(at, $"{begin} {host}{(begin == "hang" ? " silently" : "")}");
        if (_dice.Chance(60)) At(Later(at, 150, 1200), $"{end} {host}");
        if (_dice.Chance(65))
        {
            At(at, $"bmc {host} lies");
            At(Later(at, 200, 1500), $"bmc {host} ok");
        }

        var stored = _dice.Pick(["hv-fence-requested.1", "hv-fence-requested.1", "hv-fence-off-issued.1"]);
        if (_dice.Chance(65) && _wrongOnce.Add(host)) At(at, $"when \"stored {stored} hypervisor-{host}\" after {_dice.Pick(["0s", "0s", "300ms", "1s"])} bmc {host} reads off once");
    }

    /// <summary>The master dies between the request to fence and the off, and the host answers before it is back: the request must not be carried out any more.</summary>
    private void AnswersMeanwhile(TimeSpan at)
    {
        var host = Host;
        At(at, $"cut {host}");
        At(at, $"kill master at next hv-fence-requested.1 within 8m start it {_dice.Pick(["30s", "60s", "90s", "4m", "7m"])} later");
        At(at, $"when \"hypervisor_down\" after {_dice.Pick(["6s", "10s", "20s"])} plug {host}");
        At(Later(at, 300, 1200), $"plug {host}");
    }

    /// <summary>A switch fails, and its hosts fall silent in the same moment.</summary>
    private void SwitchFails(TimeSpan at)
    {
        var ends = _dice.Chance(70) ? Later(at, 60, 1200) : (TimeSpan?)null;
        foreach (var host in Enumerable.Range(0, _dice.Between(2, 3)).Select(_ => _dice.Pick(_hosts)).Distinct())
        {
            At(at, $"cut {host}");
            if (ends is { } end) At(end, $"plug {host}");
        }
    }

    /// <summary>Moved by hand to a host whose agent is dead, defined by hand on another one, and one of the two reboots: what is shut off somewhere may run elsewhere.</summary>
    private void MovedUnseen(TimeSpan at)
    {
        var (vm, there, other) = (Vm, Host, Host);
        ForAWhile(at, $"kill agent {there}", $"start agent {there}", 120, 900);
        At(Later(at, 5, 60), $"migrate {vm} to {there}");
        if (_dice.Chance(70)) Define(Later(at, 20, 180), vm, other);
        if (_dice.Chance(70)) At(Later(at, 60, 400), $"reboot {(_dice.Chance(70) ? other : there)}");
    }

    /// <summary>A host dies, and nobody hears whether its instances were started elsewhere, nor for a while what was refused there.</summary>
    private void Unanswered(TimeSpan at)
    {
        var host = Host;
        At(at, _dice.Chance(75) ? $"power off {host}" : $"cut {host}");
        if (_dice.Chance(50)) At(Later(at, 120, 1200), _acts[^1].Phrase.StartsWith("cut", StringComparison.Ordinal) ? $"plug {host}" : $"power on {host}");
        for (var n = _dice.Between(1, 3); n > 0; n--) At(at, $"lose {(_dice.Chance(75) ? "answer" : "request")} of next run");
        if (!_dice.Chance(50)) return;
        var times = _dice.Between(1, 4).ToString(CultureInfo.InvariantCulture);
        var what = _dice.Pick(["answers", "requests"]);
        foreach (var other in _hosts.Where(h => h != host).Take(6)) At(at, $"lose {what} of next {times} cancel on {other}");
    }
}
