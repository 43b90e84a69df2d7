using System.Reflection;
using System.Runtime.CompilerServices;

namespace KvmInterop;

/// <summary>
/// Whether <c>System.Diagnostics.DiagnosticSource</c> is loaded, which has meters, activities and all who
/// listen to them.
/// </summary>
/// <remarks>
/// Without it nobody in this process can listen, and a program that runs one short guest need not load it.
/// It is loaded with the first method that names a listener; the meter is made then, before that method runs,
/// so that no listener misses it.
/// </remarks>
internal static class DiagnosticLibrary
{
    private const string Name = "System.Diagnostics.DiagnosticSource";

    private static volatile bool isLoaded;

    static DiagnosticLibrary()
    {
        // Compiled ahead there is nothing to load, and nobody tells.
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            Use();
            return;
        }

        // In this order: what is loaded in between comes twice.
        AppDomain.CurrentDomain.AssemblyLoad += static (_, loaded) => See(loaded.LoadedAssembly);
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            See(assembly);
        }
    }

    internal static bool IsLoaded => isLoaded;

    private static void See(Assembly assembly)
    {
        if (!isLoaded && assembly.FullName?.StartsWith(Name + ",", StringComparison.Ordinal) is true)
        {
            Use();
        }
    }

    private static void Use()
    {
        isLoaded = true;
        KvmInstruments.Publish();
    }
}
