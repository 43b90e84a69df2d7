using static KvmInterop.Native.KvmApi;
using static KvmInterop.Native.Arm64.KvmApiArm64;

namespace KvmInterop.Native;

internal sealed unsafe partial class DirtyRings
{
    static partial void SetArm64Page(ref int page)
    {
        if (KvmHost.Architecture == KvmArchitecture.Arm64)
        {
            page = KVM_DIRTY_LOG_PAGE_OFFSET;
        }
    }
}
