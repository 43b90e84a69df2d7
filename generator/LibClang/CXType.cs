using System.Runtime.InteropServices;

namespace ClangSharp.Interop;

/// <summary>Called for each member of a record.</summary>
[UnmanagedFunctionPointer(CallingConvention.Cdecl)]
public unsafe delegate CXVisitorResult CXFieldVisitor(CXCursor C, void* client_data);

/// <summary>A type of C.</summary>
public unsafe struct CXType : IEquatable<CXType>
{
    public CXTypeKind kind;
    private readonly void* data0;
    private readonly void* data1;

    public readonly CXString Spelling => clang.clang_getTypeSpelling(this);

    public readonly CXString KindSpelling => clang.clang_getTypeKindSpelling(kind);

    public readonly CXType CanonicalType => clang.clang_getCanonicalType(this);

    public readonly CXType ArrayElementType => clang.clang_getArrayElementType(this);

    public readonly long ArraySize => clang.clang_getArraySize(this);

    public readonly long SizeOf => clang.clang_Type_getSizeOf(this);

    public readonly long AlignOf => clang.clang_Type_getAlignOf(this);

    public readonly bool IsConstQualified => clang.clang_isConstQualifiedType(this) != 0;

    public static bool operator ==(CXType left, CXType right) => left.Equals(right);

    public static bool operator !=(CXType left, CXType right) => !left.Equals(right);

    /// <summary>Bits from the start to the member of that name.</summary>
    public readonly long GetOffsetOf(string s)
    {
        // SAFETY: the encoded name is ours, ends in NUL and outlives the call that reads it.
        nint name = Marshal.StringToCoTaskMemUTF8(s);
        long offset = clang.clang_Type_getOffsetOf(this, (sbyte*)name);
        Marshal.FreeCoTaskMem(name);
        return offset;
    }

    public readonly CXVisitorResult VisitFields(CXFieldVisitor visitor, CXClientData clientData)
    {
        // SAFETY: the delegate, and with it the code that libclang calls, is kept alive until the visit is
        // over.
        nint code = Marshal.GetFunctionPointerForDelegate(visitor);
        uint broken = clang.clang_Type_visitFields(this, code, (void*)clientData.Handle);
        GC.KeepAlive(visitor);
        return broken != 0 ? CXVisitorResult.CXVisit_Break : CXVisitorResult.CXVisit_Continue;
    }

    public readonly bool Equals(CXType other) => clang.clang_equalTypes(this, other) != 0;

    public override readonly bool Equals(object? obj) => obj is CXType other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(kind, (nint)data0, (nint)data1);
}
