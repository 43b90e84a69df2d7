using KvmInterop.HeaderScraper.Headers;

namespace KvmInterop.Tests.Headers;

/// <summary>What is read of apt: its sources, and its lists of packages.</summary>
public sealed class AptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Sources_oneLineForm_isRead()
    {
        folder.Write("sources.list", """
            # deb http://commented/debian stable main
            deb http://one/debian/ stable main   # ours
            deb [ arch=amd64 signed-by=/keys/two.gpg ] http://two/debian stable main contrib
            deb-src http://source/debian stable main
            deb http://one/debian stable-updates main
            deb
            """);

        Assert.Equal(
            [new("http://one/debian", ""), new AptArchive("http://two/debian", "/keys/two.gpg")],
            AptSources.Read(folder.Path));
    }

    [Fact]
    public void Sources_deb822Form_isRead()
    {
        folder.Write("sources.list.d/b.sources", """
            Types: deb deb-src
            # a comment within
            URIs: http://one/debian
              http://two/debian/
            Suites: stable stable-updates
            Components: main
            Signed-By: /keys/one.gpg

            Types: deb
            URIs: http://off/debian
            Enabled: no
            Suites: stable

            Types: deb-src
            URIs: http://source/debian
            Suites: stable

            types: deb
            uris: http://three/debian
            suites: stable
            signed-by:
             -----BEGIN PGP PUBLIC KEY BLOCK-----
             .
             abc
            """);
        folder.Write("sources.list.d/a.list", "deb http://first/debian stable main\n");
        folder.Write("sources.list.d/c.list.disabled", "deb http://disabled/debian stable main\n");

        Assert.Equal(
            [
                new("http://first/debian", ""),
                new("http://one/debian", "/keys/one.gpg"),
                new("http://two/debian", "/keys/one.gpg"),
                new AptArchive("http://three/debian", ""),
            ],
            AptSources.Read(folder.Path));
    }

    [Fact]
    public void Sources_noFiles_areNone() => Assert.Empty(AptSources.Read(folder.Path));

    [Fact]
    public void Packages_stanzas_areReadInOrder()
    {
        string output = """
            Package: linux-libc-dev
            Source: linux (6.12.107-1)
            Version: 6.12.107-1
            Architecture: all
            SHA256: aa
            Description: Linux support headers
             Version: of nothing

            Package: other
            Version: 1-1
            Architecture: amd64
            SHA256: bb

            Package: without a checksum
            Version: 1-1
            Architecture: amd64
            """;

        Assert.Equal(
            [
                new AptPackage("linux-libc-dev", "linux", "6.12.107-1", "all", "aa"),
                new AptPackage("other", "other", "1-1", "amd64", "bb"),
            ],
            AptPackage.Parse(output));
    }
}
