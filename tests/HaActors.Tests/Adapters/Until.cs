using Xunit;

namespace HaActors.Tests.Adapters;

internal static class Until
{
    /// <summary>Waits for something real (a file, a request that arrived). The limit only ends a test that would hang.</summary>
    internal static async Task TrueAsync(Func<bool> condition)
    {
        var left = TimeSpan.FromSeconds(30);
        var step = TimeSpan.FromMilliseconds(10);
        while (!condition())
        {
            left -= step;
            Assert.True(left > TimeSpan.Zero, "It never came true.");
            await Task.Delay(step);
        }
    }
}
