using KvmInterop.Native;

#pragma warning disable CA1707 // The kernel's names, as everywhere: they can be searched for in its source.

namespace KvmInterop;

/// <summary>Whether a vCPU runs, halts or waits to be started (<c>kvm_mp_state</c>), by its C names.</summary>
/// <remarks>
/// Which of them a vCPU can have depends on the architecture: api.rst, KVM_GET_MP_STATE, has the table.
/// </remarks>
public enum KvmMpState
{
    /// <summary>It runs. Every architecture.</summary>
    KVM_MP_STATE_RUNNABLE = KvmApi.KVM_MP_STATE_RUNNABLE,

    /// <summary>A secondary processor that has not had its INIT yet. x86.</summary>
    KVM_MP_STATE_UNINITIALIZED = KvmApi.KVM_MP_STATE_UNINITIALIZED,

    /// <summary>It had its INIT, and waits for the SIPI that says where to begin. x86.</summary>
    KVM_MP_STATE_INIT_RECEIVED = KvmApi.KVM_MP_STATE_INIT_RECEIVED,

    /// <summary>It executed <c>hlt</c> and waits for an interrupt. x86.</summary>
    KVM_MP_STATE_HALTED = KvmApi.KVM_MP_STATE_HALTED,

    /// <summary>It just had its SIPI. x86.</summary>
    KVM_MP_STATE_SIPI_RECEIVED = KvmApi.KVM_MP_STATE_SIPI_RECEIVED,

    /// <summary>It is off, until another vCPU starts it: by PSCI CPU_ON on arm64, by SBI on riscv64, by
    /// SIGP on s390x.</summary>
    KVM_MP_STATE_STOPPED = KvmApi.KVM_MP_STATE_STOPPED,

    /// <summary>It stopped because of a machine check. s390x.</summary>
    KVM_MP_STATE_CHECK_STOP = KvmApi.KVM_MP_STATE_CHECK_STOP,

    /// <summary>It runs or waits. s390x.</summary>
    KVM_MP_STATE_OPERATING = KvmApi.KVM_MP_STATE_OPERATING,

    /// <summary>It loads its first program. s390x.</summary>
    KVM_MP_STATE_LOAD = KvmApi.KVM_MP_STATE_LOAD,

    /// <summary>It waits in the AP reset hold of an SEV-ES guest. x86.</summary>
    KVM_MP_STATE_AP_RESET_HOLD = KvmApi.KVM_MP_STATE_AP_RESET_HOLD,

    /// <summary>It waits for an event that wakes it up (PSCI SYSTEM_SUSPEND). arm64.</summary>
    KVM_MP_STATE_SUSPENDED = KvmApi.KVM_MP_STATE_SUSPENDED,
}
