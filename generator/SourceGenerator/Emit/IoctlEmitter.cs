using KvmInterop.Generator.Plan;
using KvmInterop.Generator.Text;

namespace KvmInterop.Generator.Emit;

/// <summary>Writes the methods of an ioctl.</summary>
internal static class IoctlEmitter
{
    public static void Emit(CodeWriter writer, IoctlPart part)
    {
        PartEmitter.Open(writer, part.Namespace);
        if (part.Extensions.Length > 0)
        {
            XmlDoc.Element(
                writer, "summary",
                "The ioctls whose arguments are this architecture's own, on the files that take them.");
            using (writer.OpenBlock($"public static partial class {part.Extensions}"))
            {
                foreach (string fd in part.Fds)
                {
                    WriteOverloads(writer, part, fd);
                }
            }

            return;
        }

        foreach (string fd in part.Fds)
        {
            writer.Separate();
            using (writer.OpenBlock($"public readonly partial struct {fd}"))
            {
                WriteOverloads(writer, part, fd);
            }
        }
    }

    private static void WriteOverloads(CodeWriter writer, IoctlPart part, string fd)
    {
        ArgumentPlan argument = part.Argument;
        switch (argument.Form)
        {
            case ArgumentForm.None:
                WriteOne(writer, part, fd, "", "", "0", "");
                break;
            case ArgumentForm.Value:
                WriteOne(writer, part, fd, "nuint", "Passed by value.", argument.Name, "");
                break;
            case ArgumentForm.In:
                WriteHeld(writer, part, fd, "in", "Read by the kernel.");
                break;
            case ArgumentForm.Out:
                WriteHeld(writer, part, fd, "out", "Written by the kernel; zeros if it fails.");
                break;
            case ArgumentForm.InOut:
                WriteHeld(writer, part, fd, "ref", "Read and written by the kernel.");
                break;
        }

        if (argument.Type.Length > 0)
        {
            const string pointer = "What the kernel reads or writes; the caller keeps it in place meanwhile.";
            WriteOne(writer, part, fd, argument.Type + "*", pointer, argument.Name, "unsafe ");
        }

        if (argument.Entry.Length > 0)
        {
            string buffer = argument.IsCounted
                ? "The record and what follows it; refused with EINVAL if it counts more than there is."
                : "The record and what follows it. Nothing in it tells how much the kernel reads or writes: "
                    + "it has to be as large as the kernel says elsewhere.";
            WriteOne(
                writer, part, fd, $"KvmBuffer<{argument.Type}, {argument.Entry}>", buffer, argument.Name, "");
        }
    }

    private static void WriteOne(
        CodeWriter writer, IoctlPart part, string fd, string type, string role, string value, string context)
    {
        string parameter = type.Length == 0 ? "" : $"{type} {part.Argument.Name}";
        WriteHead(writer, part, fd, role, parameter, context);
        using (writer.Deeper())
        {
            writer.WriteLine($"KvmIoctl.Call({File(part)}, {part.Request}, {value});");
        }
    }

    private static void WriteHeld(CodeWriter writer, IoctlPart part, string fd, string modifier, string role)
    {
        ArgumentPlan argument = part.Argument;
        string held = argument.Name == "held" ? "held_" : "held";
        WriteHead(
            writer, part, fd, role, $"{modifier} {argument.Type} {argument.Name}", "unsafe ", arrow: false);
        using (writer.OpenBlock())
        {
            if (modifier == "out")
            {
                writer.WriteLine($"{argument.Name} = default;");
            }

            writer.Write(
                "// SAFETY: the caller owns the variable, which cannot move during the call; and the kernel\n"
                + "// knows the record by its size, which is that of this type, and goes no further.\n");
            using (writer.OpenBlock($"fixed ({argument.Type}* {held} = &{argument.Name})"))
            {
                writer.WriteLine($"return KvmIoctl.Call({File(part)}, {part.Request}, {held});");
            }
        }
    }

    private static void WriteHead(
        CodeWriter writer, IoctlPart part, string fd, string role, string parameter, string context,
        bool arrow = true)
    {
        bool extension = part.Extensions.Length > 0;
        writer.Separate();
        XmlDoc.Element(writer, "summary", part.Summary);
        XmlDoc.Element(writer, "remarks", part.Remarks);
        if (extension)
        {
            XmlDoc.Element(writer, "param", "The file.", $" name=\"{Receiver(part)}\"");
        }

        if (parameter.Length > 0)
        {
            XmlDoc.Element(writer, "param", role, $" name=\"{part.Argument.Name.TrimStart('@')}\"");
        }

        XmlDoc.Element(writer, "returns", part.Returns);
        PartEmitter.Only(writer, part.Architectures);
        if (part.Capabilities.Length > 0)
        {
            writer.WriteLine(
                $"[KvmCapabilities({string.Join(", ", part.Capabilities.Select(name => $"\"{name}\""))})]");
        }

        string receiver = extension ? $"this {fd} {Receiver(part)}{(parameter.Length > 0 ? ", " : "")}" : "";
        string modifiers = extension ? "static " : "";
        string end = arrow ? " =>" : "";
        writer.WriteLine($"public {modifiers}{context}int {part.Method}({receiver}{parameter}){end}");
    }

    private static string File(IoctlPart part) =>
        part.Extensions.Length > 0 ? Receiver(part) + ".Value" : "Value";

    private static string Receiver(IoctlPart part) => part.Argument.Name == "fd" ? "file" : "fd";
}
