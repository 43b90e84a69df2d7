namespace VerifyTests;

/// <summary>Where one snapshot lies.</summary>
public class VerifySettings
{
    public VerifySettings()
    {
    }

    public VerifySettings(VerifySettings? settings)
    {
        Directory = settings?.Directory;
        FileName = settings?.FileName;
        TypeName = settings?.TypeName;
        MethodName = settings?.MethodName;
        Parameters = settings?.Parameters;
    }

    internal string? Directory { get; private set; }

    internal string? FileName { get; private set; }

    internal string? TypeName { get; private set; }

    internal string? MethodName { get; private set; }

    internal object?[]? Parameters { get; private set; }

    /// <summary>A folder relative to the test's source file.</summary>
    public void UseDirectory(string directory) => Directory = directory;

    /// <summary>Replaces type, method and parameters.</summary>
    public void UseFileName(string fileName) => FileName = fileName;

    public void UseTypeName(string name) => TypeName = name;

    public void UseMethodName(string name) => MethodName = name;

    /// <summary>The arguments of a theory's current row, in order.</summary>
    public void UseParameters(params object?[] parameters) => Parameters = parameters;
}
