using KvmInterop.ApiModel;

namespace KvmInterop.Tests.Layouts;

/// <summary>
/// How much there is in the default release, as counted by other means: in tables that C compilers made. A
/// model that lost something and a comparison that lost it too would agree.
/// </summary>
public class CountTests
{
    [Fact]
    public void X64_hasAllThatTheCompilersCount()
    {
        ApiDocument model = Releases.Committed("x64");
        ApiField[] members = [.. model.Records.SelectMany(Members)];
        int flexible = members.Count(f => f.Type.IsFlexible);
        int numbers = model.Constants.Count(c => c.Type != "string") + model.Ioctls.Length;
        Assert.Equal(
            "112 records, 802 fields, 13 flexible arrays, 743 macros with a number",
            $"{model.Records.Length} records, {members.Length - flexible} fields, {flexible} flexible arrays,"
            + $" {numbers} macros with a number");
    }

    /// <summary>A request whose argument an architecture lacks is unusable there, and is not there.</summary>
    [Theory]
    [InlineData("x64", 120)]
    [InlineData("arm64", 90)]
    [InlineData("riscv64", 82)]
    [InlineData("s390x", 97)]
    [InlineData("ppc64le", 94)]
    [InlineData("mips64", 82)]
    [InlineData("loongarch64", 82)]
    public void Ioctls_areAsManyAsCanBeUsed(string architecture, int count) =>
        Assert.Equal(count, Releases.Committed(architecture).Ioctls.Length);

    private static IEnumerable<ApiField> Members(ApiRecord record) => record.Fields.SelectMany(field =>
    {
        IEnumerable<ApiField> inner = field.Type.Inline is { } inline ? Members(inline) : [];
        return field.Name.Length > 0 ? inner.Prepend(field) : inner;
    });
}
