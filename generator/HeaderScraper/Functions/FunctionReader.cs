using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Macros;

namespace KvmInterop.HeaderScraper.Functions;

/// <summary>Translates function-like macros, or says why one cannot be.</summary>
/// <param name="predefined">The values of macros of the compiler's own.</param>
internal sealed class FunctionReader(
    MacroTable macros, Func<string, MacroValue?> predefined, Func<DeclaredNames> declared)
{
    private readonly MacroExpander expander = new(macros, predefined);
    private readonly Lazy<DeclaredNames> names = new(declared);

    /// <summary>A function, or the reason why there is none.</summary>
    public (ApiFunction? Function, string Reason) Read(Macro macro)
    {
        try
        {
            List<string> parameters = expander.ParametersOf(macro);
            List<CToken> tokens = expander.Expand(macro, parameters);
            (ApiExpression value, Dictionary<string, string> members) =
                ExpressionParser.Parse(tokens, names.Value);
            IEnumerable<ApiParameter> all = parameters.Select(
                name => new ApiParameter(name, members.GetValueOrDefault(name, "")));
            return (
                new ApiFunction(
                    macro.Name, new EquatableArray<ApiParameter>(all), value.Type, value, macro.Header),
                "");
        }
        catch (UntranslatableException exception)
        {
            return (null, $"{SkipReason.FunctionLike} that {exception.Message}");
        }
    }
}
