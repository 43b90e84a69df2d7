using ClangSharp.Interop;

namespace KvmInterop.HeaderScraper.Clang;

/// <summary>The headers of one architecture, parsed with some text of ours after them.</summary>
internal sealed class ParsedUnit : IDisposable
{
    /// <summary>The name that the text of ours has for clang; no such file exists.</summary>
    private const string MainFile = "kvmgen.c";

    private readonly HeaderSet headers;
    private readonly CXTranslationUnit unit;
    private readonly Dictionary<nint, HeaderFile> files = [];

    private ParsedUnit(HeaderSet headers, CXTranslationUnit unit)
    {
        this.headers = headers;
        this.unit = unit;
    }

    public static ParsedUnit Parse(
        CXIndex index, HeaderSet headers, string text, CXTranslationUnit_Flags flags)
    {
        using CXUnsavedFile file = CXUnsavedFile.Create(MainFile, text);
        CXErrorCode code = CXTranslationUnit.TryParse(
            index, MainFile, headers.CompilerArguments(), [file], flags, out CXTranslationUnit unit);
        if (code == CXErrorCode.CXError_Success)
        {
            return new ParsedUnit(headers, unit);
        }

        using CXString version = clang.getClangVersion();
        throw new ScrapeException(
            $"{version.CString} cannot read the headers for {headers.Architecture} ({code}): "
            + $"it may not know the target {headers.Triple}; install a newer one (Debian: libclang1-19)",
            ExitCodes.NoLibClang);
    }

    /// <summary>Throws when the compiler found an error, in its own words.</summary>
    public void RequireNoErrors()
    {
        string? first = null;
        int errors = 0;
        for (uint i = 0; i < unit.NumDiagnostics; i++)
        {
            using CXDiagnostic diagnostic = unit.GetDiagnostic(i);
            if (diagnostic.Severity >= CXDiagnosticSeverity.CXDiagnostic_Error)
            {
                first ??= Describe(diagnostic);
                errors++;
            }
        }

        if (first is not null)
        {
            string more = errors > 1 ? $" (and {errors - 1} more)" : "";
            throw new ScrapeException(
                $"the headers for {headers.Architecture} do not compile: {first}{more}");
        }
    }

    /// <summary>The direct children of the unit that <paramref name="wanted"/> asks for.</summary>
    public unsafe List<CXCursor> Children(Func<CXCursorKind, bool> wanted)
    {
        // Only collects: an exception must not leave a callback, since it would have to cross libclang's
        // frames.
        List<CXCursor> found = [];
        // SAFETY: the client data is not used.
        CXCursorVisitor visitor = (cursor, _, _) =>
        {
            if (wanted(cursor.kind))
            {
                found.Add(cursor);
            }

            return CXChildVisitResult.CXChildVisit_Continue;
        };
        unit.Cursor.VisitChildren(visitor, default);
        return found;
    }

    /// <summary>Where something was written or, if a macro made it, where the macro was used.</summary>
    public HeaderFile Locate(CXCursor cursor, out int offset)
    {
        cursor.Location.GetExpansionLocation(out CXFile file, out _, out _, out uint position);
        offset = (int)position;
        if (!files.TryGetValue(file.Handle, out HeaderFile? header))
        {
            header = new HeaderFile(file, file.Handle == 0 ? "" : NameOf(file));
            files.Add(file.Handle, header);
        }

        return header;
    }

    /// <summary>The text of a header, as long as this unit lives.</summary>
    public ReadOnlySpan<byte> TextOf(HeaderFile header) => unit.GetFileContents(header.File, out _);

    /// <summary>The path of the file that an <c>#include</c> brings in; null for one that no folder
    /// has.</summary>
    public string? Resolve(CXCursor inclusion)
    {
        string name = inclusion.Name();
        if (headers.Find(name) is { } path)
        {
            return path;
        }

        using CXString including = Locate(inclusion, out _).File.Name;
        string beside = Path.Combine(Path.GetDirectoryName(including.CString) ?? "", name);
        return File.Exists(beside) ? beside : null;
    }

    public void Dispose() => unit.Dispose();

    private string NameOf(CXFile file)
    {
        using CXString spelling = file.Name;
        string path = spelling.CString;
        string shortest = path;
        foreach (string folder in headers.IncludeFolders)
        {
            // Folders may lie in one another (usr/include, usr/include/TRIPLET): the inner one names the
            // header.
            string prefix = folder.TrimEnd('/') + "/";
            string name = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : path;
            shortest = name.Length < shortest.Length ? name : shortest;
        }

        return shortest;
    }

    private static string Describe(CXDiagnostic diagnostic)
    {
        using CXString message = diagnostic.Spelling;
        diagnostic.Location.GetFileLocation(out CXFile file, out uint line, out uint column, out _);
        if (file.Handle == 0)
        {
            return message.CString;
        }

        using CXString name = file.Name;
        return $"{name.CString}:{line}:{column}: {message.CString}";
    }
}
