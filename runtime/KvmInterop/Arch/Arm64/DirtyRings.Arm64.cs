using KvmInterop.Native.Arm64;

namespace KvmInterop.Native;

internal sealed unsafe partial class DirtyRings
{
    static partial void SetArm64Page(ref int page)
    {
        if (KvmHost.Architecture == KvmArchitecture.Arm64)
        {
            page = KvmApiArm64.KVM_DIRTY_LOG_PAGE_OFFSET;
        }
    }
}
