using System.Runtime.InteropServices;

namespace HaActors.Agent.Libvirt;

/// <summary>libvirt said no. The message is libvirt's own.</summary>
/// <param name="code">libvirt's <c>virErrorNumber</c>; see <see cref="LibvirtCodes"/>.</param>
internal sealed class LibvirtException(int code, string message) : Exception(message)
{
    internal int Code { get; } = code;

    /// <summary>The error of the last call on this thread; libvirt keeps one for each thread.</summary>
    internal static LibvirtException Last(string what)
    {
        var code = Native.virGetLastErrorCode();
        var text = Marshal.PtrToStringUTF8(Native.virGetLastErrorMessage());
        Native.virResetLastError();
        return new LibvirtException(code, string.IsNullOrWhiteSpace(text) || code == 0 ? $"{what} failed, and libvirt gave no reason" : text);
    }
}

/// <summary>libvirt does not answer, or cannot be reached: nothing is known about its domains now.</summary>
internal sealed class LibvirtDownException(string message) : Exception(message);

/// <summary>The members of <c>virErrorNumber</c> that the agent acts upon.</summary>
internal static class LibvirtCodes
{
    internal const int InternalError = 1;
    internal const int NoSupport = 3;
    internal const int NoConnection = 5;
    internal const int InvalidArgument = 8;
    internal const int SystemError = 38;
    internal const int RpcError = 39;
    internal const int NoDomain = 42;
}
