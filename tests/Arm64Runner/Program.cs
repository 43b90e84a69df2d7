// Runs a program with the libraries that lie beside it: Arm64Runner PROGRAM.dll [ARGUMENT...].
//
// The .NET of the emulated arm64 machine is one that another program was bundled with, whose own libraries
// (System.CommandLine among them) come before those in a program's folder.
using System.Reflection;
using System.Runtime.Loader;

string path = Path.GetFullPath(args[0]);
Assembly program = new Beside(Path.GetDirectoryName(path)!).LoadFromAssemblyPath(path);
object?[] parameters = program.EntryPoint!.GetParameters().Length == 0 ? [] : [args[1..]];
return program.EntryPoint.Invoke(null, BindingFlags.DoNotWrapExceptions, null, parameters, null) is int code
    ? code
    : 0;

/// <summary>What is in the folder comes from there, and all else from the process.</summary>
internal sealed class Beside(string folder) : AssemblyLoadContext
{
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string file = Path.Combine(folder, $"{assemblyName.Name}.dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }
}
