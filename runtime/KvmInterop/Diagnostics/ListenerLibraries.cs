using System.Reflection;
using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>
/// Whether the assemblies are loaded without which nobody in this process can listen, so that a program that
/// runs one short guest need not load them either.
/// </summary>
internal static class ListenerLibraries
{
    // Meters, activities and all who listen to them.
    private const string MetersAndActivities = "System.Diagnostics.DiagnosticSource,";

    // Through these a program finds EventListener: its own assemblies name one of them, and .NET's
    // netstandard.dll the first.
    private const string Events = "System.Diagnostics.Tracing,";
    private const string OldEvents = "mscorlib,";

    private static volatile bool hasMeters;
    private static volatile bool hasEvents;

    static ListenerLibraries()
    {
        // Compiled ahead there is nothing to load, and nobody tells.
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            UseMeters();
            hasEvents = true;
            return;
        }

        hasEvents = IsTrimmed;

        // In this order: what is loaded in between comes twice.
        AppDomain.CurrentDomain.AssemblyLoad += static (_, loaded) => See(loaded.LoadedAssembly);
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            See(assembly);
        }
    }

    /// <summary>
    /// Whether there can be listeners to meters and activities. The library of both is loaded with the first
    /// method that names a listener; the meter is made then, before that method runs, so that no listener
    /// misses it.
    /// </summary>
    internal static bool HasMeters => hasMeters;

    /// <summary>Whether there can be an <see cref="System.Diagnostics.Tracing.EventListener"/>.</summary>
    internal static bool HasEvents => hasEvents;

    // True in a program that was trimmed (ILLink.Substitutions.xml), whose assemblies name .NET's innermost
    // one instead.
    private static bool IsTrimmed => false;

    private static void See(Assembly assembly)
    {
        string name = assembly.FullName ?? "";
        if (!hasMeters && name.StartsWith(MetersAndActivities, StringComparison.Ordinal))
        {
            UseMeters();
        }

        if (!hasEvents && (name.StartsWith(Events, StringComparison.Ordinal)
            || name.StartsWith(OldEvents, StringComparison.Ordinal)))
        {
            hasEvents = true;
        }
    }

    private static void UseMeters()
    {
        hasMeters = true;
        KvmInstruments.Publish();
    }
}
