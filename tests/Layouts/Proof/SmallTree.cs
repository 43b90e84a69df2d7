namespace KvmInterop.Tests.Layouts.Proof;

/// <summary>The headers behind <see cref="SmallHeader"/>: text of our own, put where a compiler looks for it.</summary>
internal static class SmallTree
{
    private const string Types =
        """
        /* Stands for the kernel's linux/types.h and linux/ioctl.h. */
        typedef unsigned char __u8;
        typedef short __s16;
        typedef unsigned int __u32;
        typedef unsigned long long __u64;
        #define _IOC_READ 2U
        #define _IOC_WRITE 1U
        #define _IOC_DIR(x) ((x) >> 30 & 3)
        #define _IOC_NR(x) ((x) & 0xff)
        #define _IOC_SIZE(x) ((x) >> 16 & 0x3fff)
        """;

    private const string AsmKvm =
        """
        /* Our own, for tests. */
        #define SIGNATURE "KVM"
        struct bits;
        """;

    private const string LinuxKvm =
        """
        /* Our own, with every shape that KVM's header has. */
        #include "../types.h"
        #include <asm/kvm.h>
        #define EMPTY
        #define FUNCTION(x) ((x) + 1)
        #define MEMBER(m, n) (offsetof(struct mixed, m) < 16 ? (int)(((n) & 15) << 4) : -1)
        #define UNKNOWN (OTHER + 1)
        #define BIG (1UL << 63)
        #define NEGATIVE (-1)
        #define GONE 1
        #undef GONE
        #define GET (_IOC_READ << 30 | sizeof(struct mixed) << 16 | 0xAE << 8 | 1)
        enum kind { KIND_A, KIND_B = (1 << 2) };
        struct bits { __u32 low : 3, high : 7, : 22; __u32 next : 1; };
        # 1 "tree/asm/kvm.h"
        struct mixed {
            __u8 a;
            __s16 b[3];
            union {
                struct { __u64 port; __u32 count; } io;
                unsigned long word;
            } __attribute__((aligned(8)));
            struct bits inner;
            void *where;
            __u8 rest[];
        };
        """;

    /// <summary>The include folder, made once for this run of the tests.</summary>
    public static string Folder { get; } = Make();

    private static string Make()
    {
        string folder = Path.Combine(Repository.PathOf("artifacts/tests/Layouts"), "small");
        Write("types.h", Types);
        Write("asm/kvm.h", AsmKvm);
        Write("linux/kvm.h", LinuxKvm);
        return folder;

        void Write(string name, string text)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text + "\n");
        }
    }
}
