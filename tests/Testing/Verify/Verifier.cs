using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using KvmInterop.Tests.Testing;
using VerifyTests;

namespace VerifyXunit;

/// <summary>
/// Compares a text with the file that was accepted for it, beside the test. A stand-in with the names, files
/// and comparison of Verify.Xunit, which <c>-p:UseVerify=true</c> takes instead. To accept what the tests
/// give now, run them with KVMINTEROP_ACCEPT=1 and look at the difference in git.
/// </summary>
public static class Verifier
{
    private static readonly UTF8Encoding WithBom = new(encoderShouldEmitUTF8Identifier: true);
    private static readonly ConcurrentDictionary<string, string> Taken = new(StringComparer.Ordinal);

    public static SettingsTask Verify(
        string? target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Verify(target, "txt", settings, sourceFile);

    public static SettingsTask Verify(
        string? target,
        string extension,
        VerifySettings? settings = null,
        [CallerFilePath] string sourceFile = "")
    {
        MethodInfo test = UseVerifyAttribute.Current;
        string text = target ?? "null";
        return new(settings, chosen => CompareAsync(text, extension, PathOf(test, chosen, sourceFile)));
    }

    private static async Task CompareAsync(string target, string extension, string path)
    {
        string verified = $"{path}.verified.{extension}";
        string received = $"{path}.received.{extension}";
        if (!Taken.TryAdd(verified, verified))
        {
            throw new VerifyException($"Two snapshots want {verified}; give one UseMethodName.");
        }

        string actual = target.Length == 0 ? "emptyString" : target.ReplaceLineEndings("\n");
        string? expected = File.Exists(verified)
            ? (await File.ReadAllTextAsync(verified)).ReplaceLineEndings("\n")
            : null;
        if (expected == actual || expected == actual + "\n")
        {
            File.Delete(received);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        bool accept = Environment.GetEnvironmentVariable("KVMINTEROP_ACCEPT") == "1";
        await File.WriteAllTextAsync(accept ? verified : received, actual, WithBom);
        if (!accept)
        {
            string what = expected is null
                ? $"No accepted snapshot {verified}. Received:\n{actual}"
                : $"Not as in {verified}:\n{TextDiff.Between(expected, actual)}";
            throw new VerifyException($"{what}\nTo accept it, run the test with KVMINTEROP_ACCEPT=1.");
        }
    }

    private static string PathOf(MethodInfo test, VerifySettings settings, string sourceFile)
    {
        string folder = Path.Combine(Path.GetDirectoryName(sourceFile)!, settings.Directory ?? "");
        if (settings.FileName is { } fileName)
        {
            return Path.Combine(folder, fileName);
        }

        ParameterInfo[] parameters = test.GetParameters();
        object?[] values = settings.Parameters ?? [];
        if (values.Length == 0 && parameters.Length > 0)
        {
            throw new VerifyException($"{test.Name} has parameters: add UseParameters, a file for each row.");
        }

        var name = new StringBuilder(settings.TypeName ?? NameWithParent(test.ReflectedType!));
        name.Append('.').Append(settings.MethodName ?? test.Name);
        foreach ((ParameterInfo parameter, object? value) in parameters.Zip(values))
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";
            name.Append(CultureInfo.InvariantCulture, $"_{parameter.Name}={FileNameOf(text)}");
        }

        return Path.Combine(folder, name.ToString());
    }

    // What any file system forbids, so that the files can be checked out everywhere.
    private static string FileNameOf(string text) => string.Concat(
        text.Select(c => c < ' ' || "\"<>|:*?\\/".Contains(c, StringComparison.Ordinal) ? '-' : c));

    private static string NameWithParent(Type type) =>
        type.DeclaringType is { } outer ? $"{NameWithParent(outer)}.{type.Name}" : type.Name;
}
