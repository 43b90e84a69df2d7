namespace KvmInterop.Generator;

/// <summary>The names of the pipeline's stages, by which tests ask what ran again.</summary>
internal static class TrackingNames
{
    /// <summary>A file's characters.</summary>
    public const string Text = "Text";

    /// <summary>What a model says.</summary>
    public const string Model = "Model";

    /// <summary>What ioctls.json says.</summary>
    public const string Knowledge = "Knowledge";

    /// <summary>What a list chooses.</summary>
    public const string List = "List";

    /// <summary>The namespace that a file's bindings go to.</summary>
    public const string Namespace = "Namespace";

    /// <summary>All of it together.</summary>
    public const string Inputs = "Inputs";

    /// <summary>What one generated file is made from.</summary>
    public const string Part = "Part";

    /// <summary>What there is to report.</summary>
    public const string Finding = "Finding";
}
