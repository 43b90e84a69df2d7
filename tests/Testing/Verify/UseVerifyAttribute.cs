using System.Reflection;
using VerifyTests;
using Xunit.Sdk;

namespace VerifyXunit;

/// <summary>On a test assembly: tells <see cref="Verifier"/> which test is running.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class UseVerifyAttribute : BeforeAfterTestAttribute
{
    private static readonly AsyncLocal<MethodInfo?> Running = new();

    internal static MethodInfo Current => Running.Value
        ?? throw new VerifyException("Verify was called outside a running test.");

    public override void Before(MethodInfo methodUnderTest) => Running.Value = methodUnderTest;

    public override void After(MethodInfo methodUnderTest) => Running.Value = null;
}
