using KvmInterop.ApiModel;
using KvmInterop.HeaderScraper;
using KvmInterop.HeaderScraper.Clang;

namespace KvmInterop.Tests.Scraper;

/// <summary>A tree of one or two small headers of our own, in a folder that lives as long as this.</summary>
internal sealed class SmallHeaders : IDisposable
{
    /// <summary>What the headers of a kernel have in linux/ioctl.h and linux/types.h, as far as tests need
    /// it.</summary>
    public const string Prelude = """
        typedef unsigned char __u8;
        typedef unsigned short __u16;
        typedef unsigned int __u32;
        typedef unsigned long long __u64;
        typedef signed int __s32;
        #define _IOC_NRSHIFT 0
        #define _IOC_NRMASK 255
        #define _IOC_SIZESHIFT 16
        #define _IOC_SIZEMASK 16383
        #define _IOC(d, t, n, s) (((d) << 30) | ((t) << 8) | ((n) << 0) | ((s) << 16))
        #define _IO(t, n) _IOC(0U, (t), (n), 0)
        #define _IOR(t, n, a) _IOC(2U, (t), (n), (sizeof(a)))
        #define _IOW(t, n, a) _IOC(1U, (t), (n), (sizeof(a)))
        #define _IOWR(t, n, a) _IOC(3U, (t), (n), (sizeof(a)))

        """;

    private readonly string folder = Directory.CreateTempSubdirectory("kvmgen-tests-").FullName;

    public SmallHeaders(string kvm, string asm = "")
    {
        Write("linux/kvm.h", $"#include <linux/types.h>\n#include <asm/kvm.h>\n{kvm}\n");
        Write("linux/types.h", Prelude);
        Write("asm/kvm.h", $"#include <linux/types.h>\n{asm}\n");
    }

    public string Folder => folder;

    public string Write(string name, string text)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public ApiDocument Read(string architecture = "x64", string triple = "x86_64-linux-gnu")
    {
        Requires.LibClang();
        LibClangLibrary.Load();
        return HeaderReader.Read(new HeaderSet(architecture, triple, [folder]));
    }

    public static ApiDocument Scrape(string kvm, string asm = "")
    {
        using SmallHeaders headers = new(kvm, asm);
        return headers.Read();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
