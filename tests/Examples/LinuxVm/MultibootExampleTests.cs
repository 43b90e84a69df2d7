using System.Diagnostics;

namespace KvmInterop.Tests.Examples.LinuxVm;

/// <summary>A multiboot kernel that was compiled just now, under LinuxVm and under QEMU.</summary>
public sealed class MultibootExampleTests : IDisposable
{
    private const string Kernel = """
        typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32;
        __attribute__((section(".multiboot"), used))
        static const u32 header[] = { 0x1badb002, 0, -0x1badb002u };
        static u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
        static void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
        static void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
        static void out32(u16 port, u32 v) { __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }
        static void print(const char *s) { while (*s) { while (!(in8(0x3fd) & 0x20)); out8(0x3f8, *s++); } }
        static void number(u32 v) {
            char text[9]; text[8] = 0;
            for (int i = 7; i >= 0; i--, v >>= 4) text[i] = "0123456789abcdef"[v & 15];
            print(text); print("\n");
        }
        static u32 ask(u16 key, int bytes) {
            u32 v = 0;
            out16(0x510, key);
            for (int i = 0; i < bytes; i++) { u32 b = in8(0x511); if (i < 4) v |= b << (8 * i); }
            return v;
        }
        static int zeros[64];
        void start(u32 magic, u32 *info) {
            int sum = 0;
            number(magic);
            print((const char *)info[4]); print("\n");
            for (int i = 0; i < 64; i++) sum += zeros[i];
            number(sum);
            number(ask(5, 2));
            number(ask(3, 8));
            number(info[0] & (1 << 6 | 1 << 3 | 1 << 2 | 1));
            number(info[5]);
            if (info[5]) { u32 *module = (u32 *)info[6]; number(module[1] - module[0]); number(*(u32 *)module[0]); }
            out32(0xf4, 10);
            for (;;) __asm__ volatile("hlt");
        }
        __asm__(".text; .globl _start; _start: mov $stack_top, %esp; push %ebx; push %eax; call start;"
                ".bss; .skip 4096; stack_top: .text");
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("kvminterop-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Kernel_underLinuxVm_isToldWhatQemuTellsIt()
    {
        Requires.Kvm();
        Requires.Architecture(System.Runtime.InteropServices.Architecture.X64);
        string kernel = Compile();
        string module = Path.Combine(folder, "module");
        File.WriteAllText(module, "abcdefg");

        Outcome outcome = await ExampleProcess.Run(
            "LinuxVm", "--kernel", kernel, "--append", "one two", "--cpus", "2", "--memory", "64",
            "--initrd", module);

        string expected =
            $"2badb002\n{kernel} one two\n00000000\n00000002\n04000000\n0000004d\n00000001\n00000007\n64636261\n";
        Assert.Equal(new Outcome(21, expected, ""), outcome);
        if (Requires.FindTool("qemu-system-x86_64") is string qemu)
        {
            Assert.Equal((21, expected), RunQemu(qemu, kernel, module));
        }
    }

    private static (int ExitCode, string Output) RunQemu(string qemu, string kernel, string module)
    {
        using Process process = Process.Start(new ProcessStartInfo(
            qemu,
            [
                "-accel", "tcg", "-smp", "2", "-m", "64", "-display", "none", "-serial", "stdio", "-no-reboot",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel", kernel, "-append", "one two", "-initrd", module,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private string Compile()
    {
        string gcc = Requires.Tool("gcc");
        string source = Path.Combine(folder, "kernel.c");
        string script = Path.Combine(folder, "kernel.ld");
        string kernel = Path.Combine(folder, "kernel");
        File.WriteAllText(source, Kernel);
        File.WriteAllText(
            script,
            "ENTRY(_start) SECTIONS { . = 1M; .text : { *(.multiboot) *(.text*) *(.rodata*) } "
            + ".data : { *(.data*) } .bss : { *(.bss*) *(COMMON) } /DISCARD/ : { *(.note*) *(.eh_frame*) "
            + "*(.comment*) } }");
        using Process process = Process.Start(
            gcc,
            [
                "-m32", "-O1", "-ffreestanding", "-fno-pic", "-no-pie", "-nostdlib", "-static",
                "-fno-stack-protector", "-fcf-protection=none", "-Wl,-T," + script, "-Wl,--build-id=none",
                "-o", kernel, source,
            ]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return kernel;
    }
}
