using KvmInterop.Tests.Testing;

namespace KvmInterop.Tests.Fuzz;

/// <summary>What one needs to look into a failure.</summary>
internal static class FailureReport
{
    private const int MostBytesShown = 512;

    public static string Of(string target, ulong seed, long input, byte[] bytes, string problem)
    {
        string folder = Repository.PathOf("artifacts/fuzz");
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, $"{target}-{seed}-{input}.bin");
        File.WriteAllBytes(file, bytes);
        string shown = bytes.Length <= MostBytesShown ? $"\n  {Convert.ToHexStringLower(bytes)}" : "";
        return $"FAILED {target}, seed {seed}, input {input}, {bytes.Length:#,0} bytes, in {file}:{shown}\n"
            + $"  again: ./build.sh fuzz --only {target} --seed {seed} --first {input} --inputs 1\n"
            + $"  {problem}";
    }
}
