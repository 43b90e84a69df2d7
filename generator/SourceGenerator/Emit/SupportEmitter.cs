using System.Reflection;
using KvmInterop.Generator.Plan;

namespace KvmInterop.Generator.Emit;

/// <summary>
/// Writes the code that does not depend on any header. It lies in Templates as C# that an editor understands;
/// only its namespace is replaced.
/// </summary>
internal static class SupportEmitter
{
    private const string TemplateNamespace = "namespace KvmInterop.Native;";

    public static string Emit(SupportPart part)
    {
        Assembly assembly = typeof(SupportEmitter).Assembly;
        using Stream stream = assembly.GetManifestResourceStream(part.Name + ".cs");
        using StreamReader reader = new(stream);
        string text = reader.ReadToEnd().Replace("\r\n", "\n");
        return PartEmitter.Heading + text.Replace(TemplateNamespace, $"namespace {part.Namespace};");
    }
}
