using System.Globalization;
using ClangSharp.Interop;
using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper.Clang;
using KvmInterop.HeaderScraper.Declarations;
using KvmInterop.HeaderScraper.Functions;
using KvmInterop.HeaderScraper.Macros;

namespace KvmInterop.HeaderScraper;

/// <summary>Reads one architecture's KVM headers into a model.</summary>
internal sealed class HeaderReader : IDisposable
{
    private const string Include = "#include <linux/kvm.h>\n";

    /// <summary>Older trees have no such header.</summary>
    private const string IncludeVersion =
        "#if __has_include(<linux/version.h>)\n#include <linux/version.h>\n#endif\n";

    private static readonly string[] LayoutOfRequests =
        ["_IOC_NRSHIFT", "_IOC_NRMASK", "_IOC_SIZESHIFT", "_IOC_SIZEMASK"];

    private static readonly string[] VersionMacros =
        ["LINUX_VERSION_MAJOR", "LINUX_VERSION_PATCHLEVEL", "LINUX_VERSION_SUBLEVEL", "LINUX_VERSION_CODE"];

    private readonly HeaderSet headers;
    private readonly CXIndex index;
    private readonly ParsedUnit unit;
    private readonly List<CXCursor> declared = [];
    private readonly MacroTable macros;
    private readonly DeclarationReader declarations;
    private readonly MacroProbe probe = new(Include + IncludeVersion);
    private readonly List<(Macro Macro, IoctlMacro Ioctl)> ioctlMacros = [];
    private readonly List<Macro> valueMacros = [];
    private readonly List<Macro> functionMacros = [];
    private readonly List<ApiConstant> constants = [];
    private readonly List<ApiIoctl> ioctls = [];
    private readonly List<ApiFunction> functions = [];
    private readonly List<ApiSkipped> skipped = [];

    private HeaderReader(HeaderSet headers)
    {
        this.headers = headers;
        index = CXIndex.Create();
        unit = ParsedUnit.Parse(
            index, headers, Include,
            CXTranslationUnit_Flags.CXTranslationUnit_DetailedPreprocessingRecord
                | CXTranslationUnit_Flags.CXTranslationUnit_SkipFunctionBodies);
        unit.RequireNoErrors();
        List<CXCursor> definitions = [];
        foreach (CXCursor cursor in unit.Children(kind => kind != CXCursorKind.CXCursor_MacroExpansion))
        {
            (cursor.kind == CXCursorKind.CXCursor_MacroDefinition ? definitions : declared).Add(cursor);
        }

        macros = new MacroTable(unit, definitions);
        declarations = new DeclarationReader(
            unit, new TagNames(declared.Where(cursor => cursor.kind == CXCursorKind.CXCursor_TypedefDecl)));
    }

    public static ApiDocument Read(HeaderSet headers)
    {
        using HeaderReader reader = new(headers);
        return reader.Read();
    }

    /// <summary>The model, and the paths of all headers that it depends on.</summary>
    public static (ApiDocument Document, IReadOnlyCollection<string> Files) ReadWithFiles(HeaderSet headers)
    {
        using HeaderReader reader = new(headers);
        return (reader.Read(), reader.Files());
    }

    public void Dispose()
    {
        unit.Dispose();
        index.Dispose();
    }

    private ApiDocument Read()
    {
        RequireDeclarations();
        AddProbes();
        using ParsedUnit values = probe.Parse(index, headers);
        SkipReason reasons = new(macros, declared);
        foreach (Macro macro in valueMacros)
        {
            ReadConstant(macro, reasons);
        }

        foreach ((Macro macro, IoctlMacro ioctl) in ioctlMacros)
        {
            ReadIoctl(macro, ioctl, reasons);
        }

        FunctionReader reader = new(macros, probe.ValueOf, () => new DeclaredNames(declared));
        foreach (Macro macro in functionMacros)
        {
            ReadFunction(macro, reader);
        }

        declarations.ReadPending();
        constants.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        ioctls.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        functions.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        skipped.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return new ApiDocument(
            headers.Architecture,
            ReadVersion(),
            declarations.SortedRecords(),
            declarations.SortedEnums(),
            new EquatableArray<ApiConstant>(constants),
            new EquatableArray<ApiIoctl>(ioctls),
            new EquatableArray<ApiFunction>(functions),
            new EquatableArray<ApiSkipped>(skipped));
    }

    private SortedSet<string> Files()
    {
        SortedSet<string> files = new(StringComparer.Ordinal);
        if (headers.Find("linux/version.h") is { } version)
        {
            files.Add(version);
        }

        foreach (CXCursor cursor in declared)
        {
            if (cursor.kind == CXCursorKind.CXCursor_InclusionDirective && unit.Resolve(cursor) is { } path)
            {
                files.Add(path);
            }
        }

        return files;
    }

    /// <summary>Every record that including linux/kvm.h brings, and the enums of the KVM headers.</summary>
    private void RequireDeclarations()
    {
        foreach (CXCursor cursor in declared)
        {
            bool wanted = cursor.kind switch
            {
                CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl => true,
                CXCursorKind.CXCursor_EnumDecl => unit.Locate(cursor, out _).IsKvm,
                _ => false,
            };
            if (wanted && cursor.IsDefinition)
            {
                declarations.Require(cursor);
            }
        }

        declarations.ReadPending();
    }

    private void AddProbes()
    {
        foreach (string name in macros.KvmNames)
        {
            Macro macro = macros.Find(name)!;
            if (macro.Body.Count == 0)
            {
                skipped.Add(new ApiSkipped(name, SkipReason.Empty, macro.Header));
                continue;
            }

            if (macro.Parameters is not null)
            {
                functionMacros.Add(macro);
                probe.AddDefined(name);
                foreach (string predefined in macros.PredefinedIn(macro))
                {
                    probe.AddMacro(predefined);
                }

                continue;
            }

            if (macros.IsContained(macro))
            {
                probe.AddMacro(name);
            }

            if (IoctlMacro.Find(macros, macro) is { } ioctl)
            {
                ioctlMacros.Add((macro, ioctl));
                if (ioctl.ArgumentType is { } type)
                {
                    probe.AddType(name, type);
                }
            }
            else
            {
                valueMacros.Add(macro);
            }
        }

        foreach (string name in (string[])[.. LayoutOfRequests, .. VersionMacros])
        {
            probe.AddMacro(name);
        }
    }

    private void ReadConstant(Macro macro, SkipReason reasons)
    {
        if (probe.ValueOf(macro.Name) is { } value)
        {
            constants.Add(new ApiConstant(macro.Name, value.Type, value.Value, macro.Header));
        }
        else
        {
            skipped.Add(new ApiSkipped(macro.Name, reasons.Of(macro), macro.Header));
        }
    }

    private void ReadFunction(Macro macro, FunctionReader reader)
    {
        (ApiFunction? function, string reason) = probe.IsDefined(macro.Name)
            ? reader.Read(macro)
            : (null, $"{SkipReason.FunctionLike} that is undefined again");
        if (function is not null)
        {
            functions.Add(function);
        }
        else
        {
            skipped.Add(new ApiSkipped(macro.Name, reason, macro.Header));
        }
    }

    private void ReadIoctl(Macro macro, IoctlMacro ioctl, SkipReason reasons)
    {
        CXType? type = ioctl.ArgumentType is null ? null : probe.TypeOf(macro.Name);
        if (probe.ValueOf(macro.Name) is not { } value || type is null != ioctl.ArgumentType is null)
        {
            skipped.Add(new ApiSkipped(macro.Name, reasons.Of(macro), macro.Header));
            return;
        }

        uint request = unchecked((uint)Integer(value));
        ioctls.Add(new ApiIoctl(
            macro.Name,
            request,
            ioctl.Direction,
            (int)Part(request, "_IOC_NRSHIFT", "_IOC_NRMASK"),
            (int)Part(request, "_IOC_SIZESHIFT", "_IOC_SIZEMASK"),
            type is { } argument ? declarations.ReadType(argument) : null,
            ioctl.C,
            macro.Header));
    }

    /// <summary>Takes a request apart by the masks that the architecture's own header has for it.</summary>
    private uint Part(uint request, string shift, string mask) =>
        (request >> (int)Required(shift)) & (uint)Required(mask);

    private long Required(string macro) => probe.ValueOf(macro) is { } value
        ? Integer(value)
        : throw new ScrapeException($"the headers for {headers.Architecture} do not define {macro}");

    private string ReadVersion()
    {
        if (probe.ValueOf("LINUX_VERSION_CODE") is not { } code)
        {
            return "";
        }

        if (VersionMacros[..3].All(macro => probe.ValueOf(macro) is not null))
        {
            return string.Join('.', VersionMacros[..3].Select(macro => probe.ValueOf(macro)!.Value));
        }

        // linux/version.h before 5.12 has only the code: (a << 16) + (b << 8) + c.
        long number = Integer(code);
        return $"{number >> 16}.{(number >> 8) & 0xff}.{number & 0xff}";
    }

    private static long Integer(MacroValue value) => value.Type == "string"
        ? 0
        : unchecked((long)Int128.Parse(value.Value, CultureInfo.InvariantCulture));
}
