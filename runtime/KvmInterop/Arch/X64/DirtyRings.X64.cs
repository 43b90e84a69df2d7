using static KvmInterop.Native.KvmApi;
using static KvmInterop.Native.X64.KvmApiX64;

namespace KvmInterop.Native;

internal sealed unsafe partial class DirtyRings
{
    static partial void SetX64Page(ref int page)
    {
        if (KvmHost.Architecture == KvmArchitecture.X64)
        {
            page = KVM_DIRTY_LOG_PAGE_OFFSET;
        }
    }
}
