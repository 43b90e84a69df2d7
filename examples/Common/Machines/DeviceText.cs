namespace KvmInterop.Examples.Machines;

/// <summary>An option's text: a value, and words behind commas, some with <c>=</c>.</summary>
public sealed class DeviceText
{
    private readonly string option;
    private readonly Dictionary<string, string?> words = new(StringComparer.Ordinal);

    /// <param name="option">For messages.</param>
    /// <param name="text">What was given.</param>
    /// <param name="known">The words that there are.</param>
    /// <exception cref="ExampleException">A word is not one of them, or the value is missing.</exception>
    public DeviceText(string option, string text, params ReadOnlySpan<string> known)
    {
        this.option = option;
        string[] parts = text.Split(',');
        Value = parts[0];
        if (Value.Length == 0)
        {
            throw new ExampleException($"{option} '{text}' names nothing before the first comma");
        }

        foreach (string part in parts.AsSpan(1))
        {
            string name = part.Split('=')[0];
            if (!known.Contains(name))
            {
                throw new ExampleException(
                    $"{option} knows {string.Join(", ", known.ToArray())}, and not '{part}' in '{text}'");
            }

            words[name] = part.Length > name.Length ? part[(name.Length + 1)..] : null;
        }
    }

    /// <summary>What comes before the first comma.</summary>
    public string Value { get; }

    /// <summary>Whether a word is there.</summary>
    public bool Has(string word) => words.ContainsKey(word);

    /// <summary>What comes behind a word's <c>=</c>; null where there is none.</summary>
    public string? Get(string word) => words.GetValueOrDefault(word);

    /// <summary>The value behind its <c>=</c>, where it begins with this word.</summary>
    public string? After(string word) =>
        Value.StartsWith(word + "=", StringComparison.Ordinal) ? Value[(word.Length + 1)..] : null;

    /// <summary>A mistake in this text.</summary>
    public ExampleException Mistake(string what) => new($"{option} {Value}: {what}");
}
