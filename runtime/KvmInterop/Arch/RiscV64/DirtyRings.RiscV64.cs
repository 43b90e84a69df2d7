using static KvmInterop.Native.KvmApi;
using static KvmInterop.Native.RiscV64.KvmApiRiscV64;

namespace KvmInterop.Native;

internal sealed unsafe partial class DirtyRings
{
    static partial void SetRiscV64Page(ref int page)
    {
        if (KvmHost.Architecture == KvmArchitecture.RiscV64)
        {
            page = KVM_DIRTY_LOG_PAGE_OFFSET;
        }
    }
}
