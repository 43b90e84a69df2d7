namespace KvmInterop.HeaderScraper.Functions;

/// <summary>A preprocessing token on its way through the expansion of a macro.</summary>
/// <param name="IsParameter">Whether it stands for what the macro's user writes there: no macro by that name
/// is meant, and it cannot become a part of another token.</param>
/// <param name="Hidden">The macros that it came out of, which are not expanded in it again (C11
/// 6.10.3.4).</param>
internal sealed record CToken(string Text, bool IsParameter, HiddenMacros? Hidden)
{
    public bool IsName => !IsParameter && Macros.MacroLexer.IsIdentifierStart(Text[0]);

    public static CToken Parameter(string name) => new(name, true, null);
}

/// <summary>A list that tokens share.</summary>
internal sealed record HiddenMacros(string Name, HiddenMacros? Outer)
{
    public static bool Contains(HiddenMacros? list, string name)
    {
        for (; list is not null; list = list.Outer)
        {
            if (list.Name == name)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Why a function-like macro has no translation.</summary>
/// <param name="reason">In words of our own that follow "function-like macro that".</param>
internal sealed class UntranslatableException(string reason) : Exception(reason);
