using System.Reflection;
using System.Xml.Linq;

namespace KvmInterop.Tests.Runtime.Diagnostics;

public class SubstitutionTests
{
    /// <summary>ILLink only warns of a method that is not there, and only who trims sees it.</summary>
    [Fact]
    public void Substitutions_forATrimmedProgram_nameAPropertyThatIsThere()
    {
        Assembly library = typeof(Kvm).Assembly;
        using Stream file = library.GetManifestResourceStream("ILLink.Substitutions.xml")!;
        XElement assembly = XDocument.Load(file).Root!.Element("assembly")!;
        Assert.Equal(library.GetName().Name, (string?)assembly.Attribute("fullname"));

        XElement type = Assert.Single(assembly.Elements("type"));
        XElement method = Assert.Single(type.Elements("method"));
        MethodInfo? found = library.GetType((string)type.Attribute("fullname")!)?.GetMethod(
            ((string)method.Attribute("signature")!).Split(' ', '(')[1],
            BindingFlags.Static | BindingFlags.NonPublic);

        Assert.Equal(typeof(bool), found?.ReturnType);
        Assert.Equal(false, found?.Invoke(null, null)); // Not trimmed here.
    }
}
